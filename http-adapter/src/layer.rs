//! [`RetryLayer`]: puts a retry filter around a service.

use std::sync::Arc;

use persevere::DefaultTimer;
use tower_layer::Layer;

use crate::filter::RetryFilter;
use crate::retry_service::RetryService;

/// Puts a [`RetryFilter`] around a service of HTTP requests.
///
/// The service inside is called with [`ReplayBody`](crate::ReplayBody)s and must be `Clone`; each call gets the
/// clone that was ready.
///
/// ```
/// use http::{Request, Response, StatusCode};
/// use http_body_util::Full;
/// use persevere_http::{ReplayBody, RetryFilter, RetryLayer};
/// use std::sync::atomic::{AtomicU16, Ordering};
/// use tower::{Layer, ServiceExt};
///
/// # #[tokio::main(flavor = "current_thread")] async fn main() -> Result<(), Box<dyn std::error::Error>> {
/// static CALLS: AtomicU16 = AtomicU16::new(0);
/// let upstream = tower::service_fn(|_: Request<ReplayBody<Full<bytes::Bytes>>>| async {
///     let status = if CALLS.fetch_add(1, Ordering::Relaxed) < 2 { 503 } else { 200 };
///     Response::builder().status(status).body(String::new())
/// });
///
/// let service = RetryLayer::new(RetryFilter::default()).layer(upstream);
/// let response = service.oneshot(Request::new(Full::default())).await?;
/// assert_eq!(response.status(), StatusCode::OK);
/// assert_eq!(CALLS.load(Ordering::Relaxed), 3);
/// # Ok(()) }
/// ```
#[derive(Clone, Debug)]
pub struct RetryLayer<T = DefaultTimer> {
    filter: Arc<RetryFilter>,
    timer: T,
}

#[cfg(feature = "tokio")]
impl RetryLayer {
    /// A layer that waits on tokio's timer.
    pub fn new(filter: impl Into<Arc<RetryFilter>>) -> Self {
        Self::with_timer(filter, persevere::Tokio)
    }
}

impl<T> RetryLayer<T> {
    /// A layer that waits on `timer`.
    pub fn with_timer(filter: impl Into<Arc<RetryFilter>>, timer: T) -> Self {
        Self { filter: filter.into(), timer }
    }

    /// The filter, which all its services share.
    #[must_use]
    pub const fn filter(&self) -> &Arc<RetryFilter> {
        &self.filter
    }
}

impl<S, T: Clone> Layer<S> for RetryLayer<T> {
    type Service = RetryService<S, T>;

    fn layer(&self, inner: S) -> Self::Service {
        RetryService::new(inner, Arc::clone(&self.filter), self.timer.clone())
    }
}
