//! [`Unread`]: whether a request has been read to its end.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use http::Request;
use hyper::body::{Body as _, Incoming};

/// Whether a request has been read to its end: what is left of it stands before the next request on its connection.
#[derive(Debug, Default)]
pub(crate) struct Unread(AtomicBool);

impl Unread {
    /// Puts one into a request that has a body; its body will [tell](Self::read) of its end.
    pub(crate) fn put_into(request: &mut Request<Incoming>) -> Option<Arc<Self>> {
        if request.body().is_end_stream() {
            return None;
        }
        let unread = Arc::<Self>::default();
        request.extensions_mut().insert(Arc::clone(&unread));
        Some(unread)
    }

    /// Nothing is left.
    pub(crate) fn read(&self) {
        self.0.store(true, Ordering::Relaxed);
    }

    /// Whether something is left.
    pub(crate) fn is_left(&self) -> bool {
        !self.0.load(Ordering::Relaxed)
    }
}
