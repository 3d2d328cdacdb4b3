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

/// Reads the error of an open connection. It broke, even if the kind of the error says nothing about how.
///
/// The connection may have carried the request. If a firewall begins to reject its packets, for example, Linux ends it with
/// `ConnectionRefused`, the same kind as for a connection that never was.
#[cfg(feature = "hyper")]
pub(super) fn of_connection(error: &io::Error) -> TransportFailure {
    read(error).filter(|failure| !failure.is_unprocessed()).unwrap_or(TransportFailure::BeforeHead)
}
