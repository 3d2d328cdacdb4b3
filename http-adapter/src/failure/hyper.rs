//! What the errors of hyper and of hyper-util's client say of the transport.

use std::error::Error;

use hyper_util::client::legacy;

use super::TransportFailure;

pub(super) fn read(cause: &(dyn Error + 'static)) -> Option<TransportFailure> {
    if let Some(error) = cause.downcast_ref::<legacy::Error>() {
        // The connector's own time-outs and resets are further down the chain: nothing was sent all the same.
        return error.is_connect().then_some(TransportFailure::NotSent);
    }
    let error = cause.downcast_ref::<hyper::Error>()?;
    if error.is_canceled() {
        Some(TransportFailure::NotSent)
    } else if error.is_user() {
        Some(TransportFailure::Local)
    } else if error.is_parse() {
        Some(TransportFailure::BadHead)
    } else if error.is_timeout() {
        Some(TransportFailure::HeadTimeout)
    } else if error.is_incomplete_message() || error.is_closed() {
        Some(TransportFailure::BeforeHead)
    } else {
        None
    }
}
