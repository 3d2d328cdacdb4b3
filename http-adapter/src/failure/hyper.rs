//! Reads the errors of hyper and of hyper-util's client.

use std::error::Error;

use hyper_util::client::legacy;

use super::{TransportFailure, not_connected, permanent};
use crate::reuse::Reuse;

pub(super) fn read(cause: &(dyn Error + 'static)) -> Option<TransportFailure> {
    if let Some(error) = cause.downcast_ref::<legacy::Error>() {
        return if error.is_connect() {
            Some(not_connected(error))
        } else {
            permanent::is_said(error).then_some(TransportFailure::Local)
        };
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
        // One example is an end in the middle of an HTTP/2 frame.
        error.source()?.downcast_ref().map(super::io::of_connection)
    }
}

/// Returns true if the failed connection had delivered a response before.
pub(super) fn on_a_reused_connection(cause: &(dyn Error + 'static)) -> bool {
    let connected = cause.downcast_ref::<legacy::Error>().and_then(legacy::Error::connect_info);
    connected.is_some_and(|connected| {
        let mut extras = http::Extensions::new();
        connected.get_extras(&mut extras);
        extras.get::<Reuse>().is_some_and(Reuse::is_reused)
    })
}
