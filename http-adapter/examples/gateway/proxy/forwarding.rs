//! [`Forwarding`]: what a gateway says of itself and of the client to the server behind it.

use std::hash::{BuildHasher, RandomState};
use std::net::IpAddr;

use http::request::Parts;
use http::{HeaderMap, HeaderName, HeaderValue, Version, header};
use regex::Regex;

const FOR: HeaderName = HeaderName::from_static("x-forwarded-for");
const HOST: HeaderName = HeaderName::from_static("x-forwarded-host");
const PROTO: HeaderName = HeaderName::from_static("x-forwarded-proto");

/// What anybody can say, and only a trusted proxy is believed.
const CLAIMS: [HeaderName; 6] = [
    header::FORWARDED,
    FOR,
    HOST,
    PROTO,
    HeaderName::from_static("x-forwarded-port"),
    HeaderName::from_static("x-forwarded-prefix"),
];

/// Who has opened a connection.
#[derive(Clone, Debug)]
pub(crate) struct Peer {
    address: String,
    value: HeaderValue,
}

impl Peer {
    pub(crate) fn new(address: IpAddr) -> Self {
        let address = address.to_canonical().to_string();
        let value = HeaderValue::try_from(&address).expect("an address is ASCII");
        Self { address, value }
    }
}

/// What a gateway says of itself and of the client to the server behind it.
#[derive(Debug)]
pub(crate) struct Forwarding {
    /// Proxies whose word about the client counts.
    trusted: Option<Regex>,
    /// The name of this gateway in `Via`, its own: two gateways in a row are no loop.
    name: String,
    via: [HeaderValue; 3],
}

/// A request that comes back to a gateway which has sent it.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Loop;

impl Forwarding {
    pub(crate) fn new(trusted: Option<Regex>) -> Self {
        let name = format!("persevere-{:08x}", RandomState::new().hash_one(0) & 0xffff_ffff);
        let via = ["1.0", "1.1", "2.0"].map(|version| {
            HeaderValue::try_from(format!("{version} {name}")).expect("a version and a name are ASCII")
        });
        Self { trusted, name, via }
    }

    /// Says to the server who has sent the request, to which host, and that it came through here.
    pub(crate) fn request(&self, head: &mut Parts, peer: &Peer, host: &str) -> Result<(), Loop> {
        let headers = &mut head.headers;
        let passed = headers.get_all(header::VIA).iter().filter_map(|value| value.to_str().ok());
        if passed.flat_map(|hops| hops.split([',', ' '])).any(|word| word == self.name) {
            return Err(Loop);
        }
        if !self.trusted.as_ref().is_some_and(|trusted| trusted.is_match(&peer.address)) {
            for claim in &CLAIMS {
                headers.remove(claim);
            }
        }
        headers.append(FOR, peer.value.clone());
        if let Ok(host) = HeaderValue::try_from(host) {
            headers.entry(HOST).or_insert(host);
        }
        headers.entry(PROTO).or_insert(HeaderValue::from_static("http"));
        if let Ok(hop) = HeaderValue::try_from(hop(&peer.address, host)) {
            headers.append(header::FORWARDED, hop);
        }
        headers.append(header::VIA, self.hop(head.version));
        Ok(())
    }

    /// Says to the client that the response came through here.
    pub(crate) fn response(&self, headers: &mut HeaderMap, version: Version) {
        headers.append(header::VIA, self.hop(version));
    }

    fn hop(&self, version: Version) -> HeaderValue {
        let index = match version {
            Version::HTTP_09 | Version::HTTP_10 => 0,
            Version::HTTP_11 => 1,
            _ => 2,
        };
        self.via[index].clone()
    }
}

/// One hop as RFC 7239 writes it.
fn hop(address: &str, host: &str) -> String {
    let node = if address.contains(':') { format!("\"[{address}]\"") } else { address.to_owned() };
    let host =
        if host.is_empty() { String::new() } else { format!(";host=\"{}\"", host.replace(['"', '\\'], "")) };
    format!("for={node}{host};proto=http")
}
