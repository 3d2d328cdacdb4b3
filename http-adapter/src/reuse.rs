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

/// Asks the client for a connection that has never been used, among the extensions of a request.
///
/// An old connection may be closed or dead, and so may the others that were opened with it. After a failed attempt, a
/// `408` or a `421`, [`RetryService`](crate::RetryService) therefore puts this value among the extensions of all later attempts
/// ([RFC 9110, 15.5.9](https://www.rfc-editor.org/rfc/rfc9110#section-15.5.9)). A client that opens its connections itself
/// looks for it before it takes one from its pool. The clients of hyper-util and reqwest do not.
///
/// ```
/// use http::Request;
/// use persevere_http::FreshConnection;
///
/// fn wants_new_connection<B>(request: &Request<B>) -> bool {
///     request.extensions().get::<FreshConnection>().is_some()
/// }
/// # assert!(!wants_new_connection(&Request::new(())));
/// ```
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct FreshConnection;

impl FreshConnection {
    /// Whether an attempt that ended in this response should be followed by one on a new connection.
    pub(crate) fn follows<B>(response: &http::Response<B>) -> bool {
        matches!(response.status(), http::StatusCode::REQUEST_TIMEOUT | http::StatusCode::MISDIRECTED_REQUEST)
    }
}
