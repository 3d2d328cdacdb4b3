//! [`Plan`]: what each request is, and how each of its attempts fails, all of it from one seed.

use http::Method;

use super::fault::{BOTH, Fault, HTTP1, HTTP2};
use crate::chance::{happens, mix};

/// Attempts that fail, in a hundred.
pub(crate) const FAULTS: u64 = 35;

/// The plan of all requests, and of the faults of their attempts.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Plan {
    pub(crate) seed: u64,
    pub(crate) http2_upstream: bool,
}

/// A request.
#[derive(Clone, Debug)]
pub(crate) struct Planned {
    pub(crate) id: u64,
    pub(crate) method: Method,
    /// Bytes of its body.
    pub(crate) size: usize,
    /// True if its body is sent in chunks.
    pub(crate) chunked: bool,
    /// True if its route has the profile `spring`.
    pub(crate) spring: bool,
    /// Whether its client of HTTP/1.1 writes all of it before it reads.
    pub(crate) stubborn: bool,
}

impl Planned {
    /// Its path, which chooses the route.
    pub(crate) fn path(&self) -> String {
        format!("/{}/{}", if self.spring { "spring" } else { "gateway" }, self.id)
    }
}

impl Plan {
    /// The request with this number.
    pub(crate) fn request(self, id: u64) -> Planned {
        let chance = mix(self.seed ^ mix(id));
        let method = match chance % 8 {
            0..=2 => Method::GET,
            3..=5 => Method::POST,
            6 => Method::PUT,
            _ => Method::DELETE,
        };
        let bodiless =
            method == Method::GET && happens(chance, 85) || method == Method::DELETE && happens(chance, 50);
        let size = if bodiless { 0 } else { size(mix(chance)) };
        Planned {
            id,
            method,
            size,
            chunked: happens(chance ^ 1, 30),
            spring: happens(chance ^ 2, 25),
            stubborn: happens(chance ^ 3, 30),
        }
    }

    /// Returns the fault of an attempt, if it fails. Attempts are counted from 1.
    pub(crate) fn fault(self, id: u64, attempt: u64) -> Option<Fault> {
        let chance = self.chance(id, attempt);
        let alone = if self.http2_upstream { HTTP2 } else { HTTP1 };
        let index = mix(chance) % (BOTH.len() + alone.len()) as u64;
        let fault = BOTH.iter().chain(alone).nth(usize::try_from(index).unwrap_or_default()).copied();
        fault.filter(|_| happens(chance, FAULTS))
    }

    /// A number that looks like chance, for one attempt.
    pub(crate) fn chance(self, id: u64, attempt: u64) -> u64 {
        mix(mix(self.seed) ^ mix(id.wrapping_mul(64).wrapping_add(attempt)))
    }

    /// Bytes of the body of the response to a request.
    pub(crate) fn response_size(self, id: u64) -> usize {
        size(mix(mix(self.seed ^ 7) ^ id))
    }
}

/// Mostly small, up to 256 KiB.
fn size(chance: u64) -> usize {
    let most = match chance % 10 {
        0 => 1,
        1..=5 => 4 * 1024,
        6..=8 => 32 * 1024,
        _ => 256 * 1024,
    };
    usize::try_from(mix(chance) % most).unwrap_or_default()
}

/// The direction that a body takes.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Way {
    Request,
    Response,
}

/// The body of a request or of its response: no two are alike.
pub(crate) fn body(id: u64, way: Way, size: usize) -> Vec<u8> {
    let salt = match way {
        Way::Request => 1,
        Way::Response => 2,
    };
    let start = mix(id.wrapping_mul(4).wrapping_add(salt));
    let words = (0..=size as u64 / 8).flat_map(|word| mix(start.wrapping_add(word)).to_le_bytes());
    words.take(size).collect()
}
