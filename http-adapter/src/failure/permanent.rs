//! Errors that no other attempt cures: a URL, a scheme or a name that cannot be sent to, and a broken TLS handshake.

use std::error::Error;
use std::io::{self, ErrorKind};

use super::TransportFailure;

/// How the texts of such errors begin where clients keep the types to themselves. `tests/permanent.rs`, and for TLS the
/// `tests/tls.rs` of `examples/clients`, make each client say them, and fail when a client says something else.
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

/// Reads the errors of the `http` crate: something is not valid HTTP before any of it is sent.
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

/// Whether an error of a client that could not connect stays the same at every attempt.
pub(super) fn stays(cause: &(dyn Error + 'static)) -> bool {
    cause.downcast_ref::<io::Error>().is_some_and(|error| is_permanent(error.kind()))
        || read(cause).is_some()
        || is_said(cause)
}

/// Whether the error says by its text alone that the request cannot be sent.
pub(super) fn is_said(cause: &(dyn Error + 'static)) -> bool {
    let text = cause.to_string();
    TEXTS.iter().any(|beginning| text.starts_with(beginning))
}

/// Data that is not valid is how TLS libraries report what the other side said: a certificate that is not trusted, a protocol
/// that is none. A handshake that was cut short is a reset or an end of file. Input that is not valid is an address or a name
/// which the system refuses.
const fn is_permanent(kind: ErrorKind) -> bool {
    matches!(kind, ErrorKind::InvalidData | ErrorKind::InvalidInput | ErrorKind::Unsupported)
}
