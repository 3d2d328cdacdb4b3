//! [`RetryService`]: a service that sends each request again as its filter says; [`Retrying`]: a call of it.

use std::error::Error;
use std::fmt;
use std::mem;
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll, ready};

use http::{HeaderValue, Request, Response};
use http_body::Body;
use persevere::{Attempt, DefaultTimer, Retry, Timer};
use pin_project::pin_project;
use tower_service::Service;

use crate::exchange::{COUNT, Exchange};
use crate::explanation::Explanation;
use crate::filter::{FilterPolicy, RetryFilter};
use crate::replay::ReplayBody;

/// A service that sends each request again as its filter says. Made by [`RetryLayer`](crate::RetryLayer).
///
/// Response and error types are those of the service inside. When the retries run out, the last response or
/// error comes back unchanged, but for its [`Explanation`]. A request that has an [`Attempt`] among its extensions is one
/// that another such service outside sends again: this one leaves it alone.
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
    pub fn new(inner: S, filter: impl Into<Arc<RetryFilter>>, timer: T) -> Self {
        Self { inner, filter: filter.into(), timer }
    }

    /// The filter, which it may share with others.
    #[must_use]
    pub const fn filter(&self) -> &Arc<RetryFilter> {
        &self.filter
    }

    /// The service inside.
    #[must_use]
    pub const fn get_ref(&self) -> &S {
        &self.inner
    }
}

impl<S, T, B, R> Service<Request<B>> for RetryService<S, T>
where
    S: Service<Request<ReplayBody<B>>, Response = Response<R>> + Clone,
    S::Error: Error + 'static,
    T: Timer + Clone,
    B: Body + Unpin,
    R: Body,
{
    type Response = Response<R>;
    type Error = S::Error;
    type Future = Retrying<S, B, R, T>;

    fn poll_ready(&mut self, context: &mut Context<'_>) -> Poll<Result<(), S::Error>> {
        self.inner.poll_ready(context)
    }

    fn call(&mut self, request: Request<B>) -> Self::Future {
        // The instance that was made ready is the one to call.
        let spare = self.inner.clone();
        let ready = mem::replace(&mut self.inner, spare);
        let filter = Arc::clone(&self.filter);
        let policy = if is_sent_again_outside(&request, &filter) {
            FilterPolicy::inner(filter)
        } else {
            FilterPolicy::new(filter, request.method(), request.headers())
        };
        let exchange = Exchange::new(ready, self.timer.clone(), request, &policy);
        Retrying { call: Retry::new(policy, exchange, self.timer.clone()) }
    }
}

fn is_sent_again_outside<B>(request: &Request<B>, filter: &RetryFilter) -> bool {
    let is_announced = || request.headers().contains_key(COUNT);
    request.extensions().get::<Attempt>().is_some() || (filter.settings.trust_announced && is_announced())
}

/// A call of a [`RetryService`]: the core's [`Retry`], with an [`Explanation`] for the response.
#[pin_project]
#[must_use = "futures do nothing unless you `.await` or poll them"]
pub struct Retrying<S, B, R, T = DefaultTimer>
where
    S: Service<Request<ReplayBody<B>>>,
    B: Body + Unpin,
    T: Timer,
{
    #[pin]
    call: Retry<FilterPolicy, Exchange<S, B, R, T>, T>,
}

impl<S, B, R, T> Future for Retrying<S, B, R, T>
where
    S: Service<Request<ReplayBody<B>>, Response = Response<R>>,
    S::Error: Error + 'static,
    B: Body + Unpin,
    R: Body,
    T: Timer,
{
    type Output = Result<Response<R>, S::Error>;

    fn poll(self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Self::Output> {
        let mut call = self.project().call;
        let mut outcome = ready!(call.as_mut().poll(context));
        if let Ok(response) = &mut outcome {
            let policy = call.parts();
            explain(response, policy.explanation(), policy.filter());
        }
        Poll::Ready(outcome)
    }
}

fn explain<R>(response: &mut Response<R>, explanation: Explanation, filter: &RetryFilter) {
    if explanation != Explanation::NOTHING {
        response.extensions_mut().insert(explanation);
    }
    if filter.settings.explain {
        let text = HeaderValue::try_from(explanation.to_string());
        response.headers_mut().insert("x-retry", text.expect("an explanation is ASCII"));
    }
}

impl<S, B, R, T> fmt::Debug for Retrying<S, B, R, T>
where
    S: Service<Request<ReplayBody<B>>>,
    B: Body + Unpin,
    T: Timer,
{
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Retrying").field("call", &self.call).finish()
    }
}
