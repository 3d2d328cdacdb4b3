//! [`AttemptTimeout`]: ends an attempt to which no response comes in time.

use std::error::Error;
use std::pin::Pin;
use std::task::{Context, Poll};
use std::time::Duration;

use http::Request;
use persevere::{Attempt, DefaultTimer, Timer};
use pin_project::pin_project;
use tower_layer::Layer;
use tower_service::Service;

use crate::failure::HeadTimeout;

/// Among the extensions of the attempt after which none can follow by number, of those requests that may be sent again. One
/// that turns out to be the last for another reason – its schedule ends, its time is up – has none.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct LastAttempt;

/// What a request has left of its time-out, among the extensions of one that is never sent again: it has no `Attempt`.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Remaining(pub(crate) Duration);

/// Limits the time of each attempt, from the call of the service inside to the head of its response: goes between a
/// [`RetryLayer`](crate::RetryLayer) and its service.
///
/// The time includes connecting and sending the body, since a layer cannot see when a client has sent a request. If uploads
/// are slow, limit the wait for the response inside the client instead.
///
/// What is late fails with [`AttemptError::Late`], and is dropped before another attempt starts. No attempt lasts longer
/// than what its request has left of its time-out, unless [told so](Self::outlast_deadline).
///
/// ```
/// use http::{Request, Response};
/// use persevere_http::{AttemptTimeoutLayer, ReplayBody, RetryFilter, RetryLayer};
/// use std::{convert::Infallible, time::Duration};
/// use tower::{ServiceBuilder, ServiceExt};
///
/// # #[tokio::main(flavor = "current_thread", start_paused = true)]
/// # async fn main() -> Result<(), Box<dyn std::error::Error>> {
/// let silent = tower::service_fn(|_: Request<ReplayBody<String>>| {
///     std::future::pending::<Result<Response<String>, Infallible>>()
/// });
/// let service = ServiceBuilder::new()
///     .layer(RetryLayer::new(RetryFilter::default()))
///     .layer(AttemptTimeoutLayer::new(Duration::from_millis(200)))
///     .service(silent);
/// let error = service.oneshot(Request::new(String::new())).await.unwrap_err();
/// assert_eq!(error.to_string(), "the attempt took too long"); // four times over
/// # Ok(()) }
/// ```
#[derive(Clone, Copy, Debug)]
pub struct AttemptTimeoutLayer<T = DefaultTimer> {
    limits: Limits,
    timer: T,
}

/// How long an attempt may take.
#[derive(Clone, Copy, Debug)]
struct Limits {
    limit: Duration,
    spare_last: bool,
    outlast_deadline: bool,
}

impl Limits {
    /// The limit of an attempt at `request`, if it has one.
    fn of<B>(self, request: &Request<B>) -> Option<Duration> {
        let attempt: Option<&Attempt> = request.extensions().get();
        let is_last = attempt.is_none() || request.extensions().get::<LastAttempt>().is_some();
        let limit = (!(is_last && self.spare_last)).then_some(self.limit);
        let only = || request.extensions().get().map(|Remaining(remaining)| *remaining);
        let remaining = attempt.map_or_else(only, Attempt::remaining).filter(|_| !self.outlast_deadline);
        limit.into_iter().chain(remaining).min()
    }
}

#[cfg(feature = "tokio")]
impl AttemptTimeoutLayer {
    /// A limit that is measured by tokio's timer.
    #[must_use]
    pub const fn new(limit: Duration) -> Self {
        Self::with_timer(limit, persevere::Tokio)
    }
}

impl<T> AttemptTimeoutLayer<T> {
    /// A limit that is measured by `timer`.
    #[must_use]
    pub const fn with_timer(limit: Duration, timer: T) -> Self {
        Self { limits: Limits { limit, spare_last: false, outlast_deadline: false }, timer }
    }

    /// Whether the last attempt, and that of a request that is never sent again, may take what is left of the request's
    /// time: a late response is better than none when no other can follow. Off unless set.
    #[must_use]
    pub fn spare_last(mut self, spare: bool) -> Self {
        self.limits.spare_last = spare;
        self
    }

    /// Whether an attempt may last beyond the time-out of its request, as with Spring's filter, whose time-out ends no
    /// attempt. Off unless set.
    #[must_use]
    pub fn outlast_deadline(mut self, outlast: bool) -> Self {
        self.limits.outlast_deadline = outlast;
        self
    }
}

impl<S, T: Clone> Layer<S> for AttemptTimeoutLayer<T> {
    type Service = AttemptTimeout<S, T>;

    fn layer(&self, inner: S) -> Self::Service {
        AttemptTimeout { inner, limits: self.limits, timer: self.timer.clone() }
    }
}

/// A service that limits the time of each attempt. Made by [`AttemptTimeoutLayer`].
#[derive(Clone, Copy, Debug)]
pub struct AttemptTimeout<S, T = DefaultTimer> {
    inner: S,
    limits: Limits,
    timer: T,
}

/// Why an attempt behind an [`AttemptTimeout`] failed.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum AttemptError<E: Error + 'static> {
    /// No head of a response came in time.
    #[error("the attempt took too long")]
    Late(#[source] HeadTimeout),
    /// The service inside failed.
    #[error("the attempt failed")]
    Failed(#[source] E),
}

impl<S, B, T> Service<Request<B>> for AttemptTimeout<S, T>
where
    S: Service<Request<B>>,
    S::Error: Error + 'static,
    T: Timer,
{
    type Response = S::Response;
    type Error = AttemptError<S::Error>;
    type Future = TimedAttempt<S::Future, T::Sleep>;

    fn poll_ready(&mut self, context: &mut Context<'_>) -> Poll<Result<(), Self::Error>> {
        self.inner.poll_ready(context).map_err(AttemptError::Failed)
    }

    fn call(&mut self, request: Request<B>) -> Self::Future {
        let limit = self.limits.of(&request);
        TimedAttempt { response: self.inner.call(request), limit: limit.map(|limit| self.timer.sleep(limit)) }
    }
}

/// The future of an [`AttemptTimeout`]: an attempt that is over when its time is.
#[pin_project]
#[derive(Debug)]
#[must_use = "futures do nothing unless you `.await` or poll them"]
pub struct TimedAttempt<F, S> {
    #[pin]
    response: F,
    #[pin]
    limit: Option<S>,
}

impl<F, S, R, E> Future for TimedAttempt<F, S>
where
    F: Future<Output = Result<R, E>>,
    S: Future<Output = ()>,
    E: Error + 'static,
{
    type Output = Result<R, AttemptError<E>>;

    fn poll(self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Self::Output> {
        let this = self.project();
        if let Poll::Ready(response) = this.response.poll(context) {
            return Poll::Ready(response.map_err(AttemptError::Failed));
        }
        match this.limit.as_pin_mut().map(|limit| limit.poll(context)) {
            Some(Poll::Ready(())) => Poll::Ready(Err(AttemptError::Late(HeadTimeout::new()))),
            _ => Poll::Pending,
        }
    }
}
