//! Errors that another attempt cannot cure.
//!
//! Examples are a URL, a scheme or a name that cannot be sent to, and a broken TLS handshake.

use std::error::Error;
use std::io::{self, ErrorKind};

use super::TransportFailure;

/// The beginnings of the texts of such errors, for clients whose error types are private.
///
/// `tests/permanent.rs` provokes each error and fails if a client changes a text. For TLS, `tests/tls.rs` of `examples/clients`
/// does the same.
const TEXTS: &[&str] = &[
    // hyper-util: its client, its connector for plain HTTP, and its tunnels through a proxy.
    "client error (UserAbsoluteUriRequired)",
    "client error (UserUnsupportedRequestMethod)",
    "client error (UserUnsupportedVersion)",
    "invalid URL, ",
    "tunnel error: missing destination host",
    "tunnel error: proxy authorization required",
    // hyper-rustls, and the names of rustls.
    "missing scheme",
    "unsupported scheme ",
    "invalid dns name",
];

/// Reads the errors of the `http` crate, which reject invalid parts before anything is sent.
pub(super) fn read(cause: &(dyn Error + 'static)) -> Option<TransportFailure> {
    let is_invalid = cause.is::<http::Error>()
        || cause.is::<http::uri::InvalidUri>()
        || cause.is::<http::uri::InvalidUriParts>()
        || cause.is::<http::method::InvalidMethod>()
        || cause.is::<http::header::InvalidHeaderName>()
        || cause.is::<http::header::InvalidHeaderValue>()
        || cause.is::<http::header::MaxSizeReached>();
    is_invalid.then_some(TransportFailure::Local)
}

/// Returns true if a failure to connect would repeat at every attempt.
pub(super) fn stays(cause: &(dyn Error + 'static)) -> bool {
    cause.downcast_ref::<io::Error>().is_some_and(|error| is_permanent(error.kind()))
        || read(cause).is_some()
        || is_said(cause)
}

/// Returns true if the text of the error says that the request cannot be sent.
pub(super) fn is_said(cause: &(dyn Error + 'static)) -> bool {
    let text = cause.to_string();
    TEXTS.iter().any(|beginning| text.starts_with(beginning))
}

/// Returns true for the kinds of errors that repeat at every attempt.
///
/// TLS libraries report an untrusted certificate or an invalid message as `InvalidData`. A handshake that was cut short has
/// another kind: a reset or an end of file. The system reports an address or a name that it refuses as `InvalidInput`.
const fn is_permanent(kind: ErrorKind) -> bool {
    matches!(kind, ErrorKind::InvalidData | ErrorKind::InvalidInput | ErrorKind::Unsupported)
}
