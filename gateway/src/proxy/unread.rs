//! [`Unread`]: a flag for a request that has been read to its end.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use http::Request;
use hyper::body::{Body as _, Incoming};

/// A flag that is set once a request has been read to its end.
///
/// The rest of a request stands before the next request on its connection.
#[derive(Debug, Default)]
pub(crate) struct Unread(AtomicBool);

impl Unread {
    /// Puts a flag into a request that has a body, and returns it.
    ///
    /// The body sets it with [`read`](Self::read) at its end.
    pub(crate) fn put_into(request: &mut Request<Incoming>) -> Option<Arc<Self>> {
        if request.body().is_end_stream() {
            return None;
        }
        let unread = Arc::<Self>::default();
        request.extensions_mut().insert(Arc::clone(&unread));
        Some(unread)
    }

    /// Sets the flag: nothing is left to read.
    pub(crate) fn read(&self) {
        self.0.store(true, Ordering::Relaxed);
    }

    /// Returns true if something is left to read.
    pub(crate) fn is_left(&self) -> bool {
        !self.0.load(Ordering::Relaxed)
    }
}
