//! What the errors of reqwest say of the transport.

use std::error::Error;

use super::{TransportFailure, not_connected};

pub(super) fn read(cause: &(dyn Error + 'static)) -> Option<TransportFailure> {
    let error = cause.downcast_ref::<reqwest::Error>()?;
    if error.is_connect() {
        Some(not_connected(error)) // before its time-outs, which are those of the connector as well
    } else if error.is_body() || error.is_decode() || error.is_upgrade() {
        Some(TransportFailure::AfterHead)
    } else if error.is_timeout() {
        Some(TransportFailure::HeadTimeout)
    } else if error.is_builder() || error.is_redirect() {
        Some(TransportFailure::Local)
    } else {
        None
    }
}
