//! [`KeptBody`]: what is kept of the body of a request, for others to see.

use std::fmt;
use std::sync::{Arc, Mutex, PoisonError};

use bytes::Bytes;
use http_body::Body;

use super::shared::Shared;

/// What is kept of the body of a request, for a service behind the filter that wants to see it: to log it, or to sign it.
///
/// [`ReplayBody::kept`](super::ReplayBody::kept) gives it; among the extensions of a request, it reaches those who do not know
/// the type of the body. Clones are the same. It shows what is kept at the moment, and keeps nothing itself: once no attempt can
/// follow, it becomes empty.
#[derive(Clone)]
pub struct KeptBody(Arc<dyn Keeps>);

/// A body of some type.
trait Keeps: Send + Sync {
    /// The chunks that are kept, and whether they are all of the body.
    fn chunks(&self) -> (Vec<Bytes>, bool);

    fn bytes(&self) -> usize;
}

impl<B: Body + Unpin + Send> Keeps for Mutex<Shared<B>> {
    fn chunks(&self) -> (Vec<Bytes>, bool) {
        self.lock().unwrap_or_else(PoisonError::into_inner).kept()
    }

    fn bytes(&self) -> usize {
        self.lock().unwrap_or_else(PoisonError::into_inner).stored()
    }
}

impl KeptBody {
    pub(super) fn of<B: Body + Unpin + Send + 'static>(shared: Arc<Mutex<Shared<B>>>) -> Self {
        Self(shared)
    }

    /// Bytes that are kept now, those of trailers included.
    #[must_use]
    pub fn bytes(&self) -> usize {
        self.0.bytes()
    }

    /// The chunks that are kept now, from the beginning of the body: by reference, but for small ones.
    #[must_use]
    pub fn chunks(&self) -> Vec<Bytes> {
        self.0.chunks().0
    }

    /// The whole body in its chunks; `None` while some of it is still to come, and when it is not all kept.
    #[must_use]
    pub fn whole(&self) -> Option<Vec<Bytes>> {
        let (chunks, is_whole) = self.0.chunks();
        is_whole.then_some(chunks)
    }
}

impl fmt::Debug for KeptBody {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        // The body may carry secrets.
        f.debug_struct("KeptBody").field("bytes", &self.bytes()).finish()
    }
}
