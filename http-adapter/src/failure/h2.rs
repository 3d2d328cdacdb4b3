//! What the errors of h2 say of the transport.

use std::error::Error;

use h2::Reason;

use super::TransportFailure;

pub(super) fn read(cause: &(dyn Error + 'static)) -> Option<TransportFailure> {
    let error = cause.downcast_ref::<h2::Error>()?;
    let Some(reason) = error.reason() else {
        // It is the connection's own failure, or the request cannot be sent so.
        return Some(error.get_io().map_or(TransportFailure::Local, super::io::of_connection));
    };
    Some(if error.is_go_away() && !error.is_remote() {
        // This side gave the whole connection up: which of its streams broke the protocol is not known.
        TransportFailure::BeforeHead
    } else if !error.is_remote() {
        TransportFailure::BadHead // what came breaks the protocol, as this side sees it
    } else if reason == Reason::REFUSED_STREAM || (error.is_go_away() && reason == Reason::NO_ERROR) {
        TransportFailure::Refused
    } else {
        TransportFailure::BeforeHead
    })
}

/// Returns true if the server has reset the stream of the request.
pub(super) fn is_reset_by_server(cause: &(dyn Error + 'static)) -> bool {
    cause.downcast_ref::<h2::Error>().is_some_and(|error| error.is_reset() && error.is_remote())
}
