//! What tokio's time-out says of the transport.

use std::error::Error;

use super::TransportFailure;

/// An attempt inside `tokio::time::timeout`: as long as it waits for a head, this is what it ends in.
pub(super) fn read(cause: &(dyn Error + 'static)) -> Option<TransportFailure> {
    cause.is::<tokio::time::error::Elapsed>().then_some(TransportFailure::HeadTimeout)
}
