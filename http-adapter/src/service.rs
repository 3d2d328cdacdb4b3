//! [`RetryService`]: a service that sends each request again as its filter says.

use std::error::Error;
use std::mem;
use std::sync::Arc;
use std::task::{Context, Poll};

use http::{Request, Response};
use http_body::Body;
use persevere::{DefaultTimer, Retry, Timer};
use tower_service::Service;

use crate::exchange::Exchange;
use crate::filter::{FilterPolicy, RetryFilter};
use crate::replay::ReplayBody;

/// A service that sends each request again as its filter says. Made by [`RetryLayer`](crate::RetryLayer).
///
/// Response and error types are those of the service inside. When the retries run out, the last response or
/// error comes back unchanged.
///
/// # Cancellation
///
/// Dropping the future of a call drops the running attempt; no other starts.
#[derive(Clone, Debug)]
pub struct RetryService<S, T = DefaultTimer> {
    inner: S,
    filter: Arc<RetryFilter>,
    timer: T,
}

impl<S, T> RetryService<S, T> {
    /// A service around `inner` that waits on `timer`.
    pub const fn new(inner: S, filter: Arc<RetryFilter>, timer: T) -> Self {
        Self { inner, filter, timer }
    }
}

impl<S, T, B, R> Service<Request<B>> for RetryService<S, T>
where
    S: Service<Request<ReplayBody<B>>, Response = Response<R>> + Clone,
    S::Error: Error + 'static,
    T: Timer + Clone,
    B: Body + Unpin,
{
    type Response = Response<R>;
    type Error = S::Error;
    type Future = Retry<FilterPolicy, Exchange<S, B>, T>;

    fn poll_ready(&mut self, context: &mut Context<'_>) -> Poll<Result<(), S::Error>> {
        self.inner.poll_ready(context)
    }

    fn call(&mut self, request: Request<B>) -> Self::Future {
        // The instance that was made ready is the one to call.
        let spare = self.inner.clone();
        let ready = mem::replace(&mut self.inner, spare);
        let policy = self.filter.policy(request.method());
        let attempts = self.filter.attempts(request.method());
        let exchange = Exchange::new(ready, request, attempts, self.filter.body_limit());
        Retry::new(policy, exchange, self.timer.clone())
    }
}
