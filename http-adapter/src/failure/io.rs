//! What a `std::io::Error` says of the transport.

use std::error::Error;
use std::io::{self, ErrorKind};

use super::TransportFailure;

pub(super) fn read(cause: &(dyn Error + 'static)) -> Option<TransportFailure> {
    match cause.downcast_ref::<io::Error>()?.kind() {
        ErrorKind::ConnectionRefused
        | ErrorKind::HostUnreachable
        | ErrorKind::NetworkUnreachable
        | ErrorKind::AddrNotAvailable => Some(TransportFailure::NotSent),
        ErrorKind::ConnectionReset
        | ErrorKind::ConnectionAborted
        | ErrorKind::BrokenPipe
        | ErrorKind::NotConnected
        | ErrorKind::UnexpectedEof => Some(TransportFailure::BeforeHead),
        ErrorKind::TimedOut => Some(TransportFailure::HeadTimeout),
        _ => None,
    }
}
