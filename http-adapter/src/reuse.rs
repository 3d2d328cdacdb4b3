//! [`Reuse`]: whether a connection has given a response before.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

/// Whether a connection has given a response before.
///
/// A connection that is reused may have been closed by the other side in the meantime, which is no failure of the
/// request. One of these for each connection, among the extensions of its responses and in the information on its errors,
/// tells such a failure apart; a connector wrapped in `MarkReuse` (feature `hyper`) puts it there.
#[derive(Clone, Debug, Default)]
pub struct Reuse(Arc<AtomicBool>);

impl Reuse {
    /// The mark of a new connection.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// Marks the connection as one that has given a response.
    pub fn set(&self) {
        self.0.store(true, Ordering::Relaxed);
    }

    /// Whether the connection has given a response before.
    #[must_use]
    pub fn is_reused(&self) -> bool {
        self.0.load(Ordering::Relaxed)
    }

    /// Marks the connection that a response came by, if it bears a mark.
    pub(crate) fn note(response: &http::Extensions) {
        if let Some(reuse) = response.get::<Self>() {
            reuse.set();
        }
    }
}
