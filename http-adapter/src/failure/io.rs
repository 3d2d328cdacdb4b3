//! What a `std::io::Error` says of the transport.

use std::error::Error;
use std::io::{self, ErrorKind};

use super::TransportFailure;

pub(super) fn read(cause: &(dyn Error + 'static)) -> Option<TransportFailure> {
    match cause.downcast_ref::<io::Error>()?.kind() {
        ErrorKind::ConnectionRefused | ErrorKind::AddrNotAvailable => Some(TransportFailure::NotSent),
        // A host or network can become unreachable while a connection is open: a client that knows that it was about to connect
        // says so itself.
        ErrorKind::HostUnreachable
        | ErrorKind::NetworkUnreachable
        | ErrorKind::ConnectionReset
        | ErrorKind::ConnectionAborted
        | ErrorKind::BrokenPipe
        | ErrorKind::NotConnected
        | ErrorKind::UnexpectedEof => Some(TransportFailure::BeforeHead),
        ErrorKind::TimedOut => Some(TransportFailure::HeadTimeout),
        _ => None,
    }
}

/// Whether a handshake failed for what the other side said: a certificate that is not trusted, a protocol that is none.
/// TLS libraries report it as data that is not valid, as rustls does; a handshake that was cut short is a reset or an end
/// of file.
pub(super) fn is_broken_handshake(cause: &(dyn Error + 'static)) -> bool {
    cause.downcast_ref::<io::Error>().is_some_and(|error| error.kind() == ErrorKind::InvalidData)
}
