//! [`GrpcCodes`]: the gRPC codes that are worth another attempt, and the pushback of a server.

use std::fmt;

use http::HeaderMap;
use persevere::{Hint, Verdict};

use super::{Head, Row, Ruling};
use crate::peek::Trailers;
use crate::pushback::pushback;

const STATUS: &str = "grpc-status";

/// Codes of gRPC, one bit for each up to 31.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct GrpcCodes(u32);

impl GrpcCodes {
    pub(crate) const fn is_empty(self) -> bool {
        self.0 == 0
    }

    /// Returns the ruling on a response whose gRPC code is listed.
    ///
    /// The code is read from the head, or else from the trailers that the peek layer has read.
    pub(crate) fn rule(self, head: Head<'_>) -> Option<Ruling> {
        if self.is_empty() {
            return None;
        }
        let fields = Some(head.headers).filter(|head| head.contains_key(STATUS));
        let fields = fields.or_else(|| Trailers::of(head.extensions))?;
        let listed = 1_u32.checked_shl(code(fields)?).is_some_and(|bit| self.0 & bit != 0);
        let verdict = hint(head).map_or(Verdict::retry(), |hint| Verdict::retry().with_hint(hint));
        listed.then(|| Ruling::new(Row::Grpc, verdict))
    }
}

/// Codes above 31 are ignored.
impl FromIterator<u8> for GrpcCodes {
    fn from_iter<I: IntoIterator<Item = u8>>(codes: I) -> Self {
        let bits = codes.into_iter().filter_map(|code| 1_u32.checked_shl(code.into()));
        Self(bits.fold(0, |all, bit| all | bit))
    }
}

impl fmt::Display for GrpcCodes {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let codes: Vec<u32> = (0..u32::BITS).filter(|code| self.0 >> code & 1 == 1).collect();
        crate::list::write(f, &codes)
    }
}

/// Returns the code of a response, or `None` unless it is a single number.
fn code(fields: &HeaderMap) -> Option<u32> {
    let mut values = fields.get_all(STATUS).iter();
    let text = values.next()?.to_str().ok()?;
    let is_one = values.next().is_none() && text.bytes().all(|byte| byte.is_ascii_digit());
    text.parse().ok().filter(|_| is_one)
}

/// Returns the pushback of a response.
///
/// The trailers win over the head. If either forbids another attempt, no attempt follows.
fn hint(head: Head<'_>) -> Option<Hint> {
    let trailers = Trailers::of(head.extensions).and_then(pushback);
    match (pushback(head.headers), trailers) {
        (Some(Hint::Never), _) | (_, Some(Hint::Never)) => Some(Hint::Never),
        (in_head, trailers) => trailers.or(in_head),
    }
}

/// Returns true if the pushback forbids another attempt. This holds for every row.
pub(crate) fn forbids_another(head: Head<'_>) -> bool {
    hint(head) == Some(Hint::Never)
}
