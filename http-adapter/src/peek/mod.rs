//! [`PeekTrailers`]: looks at the trailers of a gRPC response before it is passed on.

mod body;

use std::fmt;
use std::pin::Pin;
use std::task::{Context, Poll, ready};
use std::time::Duration;

use http::{Extensions, HeaderMap, Request, Response, header};
use http_body::Body;
use persevere::{Attempt, DefaultTimer, Timer};
use pin_project::pin_project;
use tower_layer::Layer;
use tower_service::Service;

use self::body::Peeked;
use crate::attempt_timeout::LastAttempt;

pub use self::body::PeekedBody;

/// The trailers that [`PeekTrailers`] has read, kept in the extensions of the response.
#[derive(Clone, Debug)]
pub(crate) struct Trailers(HeaderMap);

impl Trailers {
    pub(crate) fn of(extensions: &Extensions) -> Option<&HeaderMap> {
        extensions.get().map(|Self(trailers)| trailers)
    }
}

/// Looks at the trailers of a gRPC response, so that retries see its status code.
///
/// Place it between a [`RetryLayer`](crate::RetryLayer) and its service. [Codes](crate::GatewayRules::grpc_codes) then count
/// in trailers as well as in the head.
///
/// The trailers of a failed call follow its head at once, or after a single frame of data. The layer therefore holds the head of
/// a response back until the first frame arrives, but never longer than its [`patience`](Self::patience). A second frame counts
/// if it arrives together with the first. Everything is passed on unchanged. The layer does nothing if no other attempt can
/// follow.
///
/// ```
/// use http::{Request, Response};
/// use persevere_http::{GatewayRules, PeekTrailersLayer, ReplayBody, RetryFilter, RetryLayer};
/// use std::convert::Infallible;
/// use tower::{ServiceBuilder, ServiceExt};
///
/// # #[tokio::main(flavor = "current_thread")] async fn main() -> Result<(), Box<dyn std::error::Error>> {
/// let rules = GatewayRules::default().grpc_codes([14]);
/// let service = ServiceBuilder::new()
///     .layer(RetryLayer::new(RetryFilter::gateway().rules(rules).build()?))
///     .layer(PeekTrailersLayer::new())
///     .service_fn(|_: Request<ReplayBody<String>>| async { Ok::<_, Infallible>(Response::new(String::new())) });
/// # service.oneshot(Request::new(String::new())).await?; Ok(()) }
/// ```
#[derive(Clone, Copy, Debug)]
pub struct PeekTrailersLayer<T = DefaultTimer> {
    patience: Duration,
    timer: T,
}

#[cfg(feature = "tokio")]
impl PeekTrailersLayer {
    /// Patience of a millisecond, measured by tokio's timer.
    #[must_use]
    pub const fn new() -> Self {
        Self::with_timer(persevere::Tokio)
    }
}

#[cfg(feature = "tokio")]
impl Default for PeekTrailersLayer {
    fn default() -> Self {
        Self::new()
    }
}

impl<T> PeekTrailersLayer<T> {
    /// Patience of a millisecond, measured by `timer`.
    #[must_use]
    pub const fn with_timer(timer: T) -> Self {
        Self { patience: Duration::from_millis(1), timer }
    }

    /// Sets the longest time to hold a head back until its first frame arrives.
    ///
    /// With zero, the first frame counts only if it arrives together with the head.
    #[must_use]
    pub fn patience(self, patience: Duration) -> Self {
        Self { patience, ..self }
    }
}

impl<S, T: Clone> Layer<S> for PeekTrailersLayer<T> {
    type Service = PeekTrailers<S, T>;

    fn layer(&self, inner: S) -> Self::Service {
        PeekTrailers { inner, patience: self.patience, timer: self.timer.clone() }
    }
}

/// A service that looks at the trailers of gRPC responses. Made by [`PeekTrailersLayer`].
#[derive(Clone, Copy, Debug)]
pub struct PeekTrailers<S, T = DefaultTimer> {
    inner: S,
    patience: Duration,
    timer: T,
}

impl<S, B, R, T> Service<Request<B>> for PeekTrailers<S, T>
where
    S: Service<Request<B>, Response = Response<R>>,
    R: Body + Unpin,
    T: Timer + Clone,
{
    type Response = Response<PeekedBody<R>>;
    type Error = S::Error;
    type Future = Peeking<S::Future, R, T>;

    fn poll_ready(&mut self, context: &mut Context<'_>) -> Poll<Result<(), S::Error>> {
        self.inner.poll_ready(context)
    }

    fn call(&mut self, request: Request<B>) -> Self::Future {
        let extensions = request.extensions();
        let may_follow = extensions.get::<Attempt>().is_some() && extensions.get::<LastAttempt>().is_none();
        let patience = may_follow.then(|| (self.patience, self.timer.clone()));
        Peeking { response: self.inner.call(request), patience, held: None }
    }
}

/// A response that is on its way, or held back for its first frame.
#[pin_project]
#[must_use = "futures do nothing unless you `.await` or poll them"]
pub struct Peeking<F, R: Body, T: Timer> {
    #[pin]
    response: F,
    /// The longest time to hold the head back. `None` if no other attempt can follow.
    patience: Option<(Duration, T)>,
    #[pin]
    held: Option<Held<R, T::Sleep>>,
}

#[pin_project]
struct Held<R: Body, S> {
    /// Until it is passed on.
    response: Option<Response<PeekedBody<R>>>,
    #[pin]
    limit: S,
}

impl<F, R, E, T> Future for Peeking<F, R, T>
where
    F: Future<Output = Result<Response<R>, E>>,
    R: Body + Unpin,
    T: Timer,
{
    type Output = Result<Response<PeekedBody<R>>, E>;

    fn poll(self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Self::Output> {
        let mut this = self.project();
        if this.held.is_none() {
            let response = ready!(this.response.poll(context))?.map(PeekedBody::new);
            let Some((patience, timer)) = this.patience.take().filter(|_| may_have_status_later(&response))
            else {
                return Poll::Ready(Ok(response));
            };
            this.held.set(Some(Held { response: Some(response), limit: timer.sleep(patience) }));
        }
        let held = this.held.as_pin_mut().expect("it was just set");
        held.poll(context).map(Ok)
    }
}

impl<R: Body + Unpin, S: Future<Output = ()>> Held<R, S> {
    fn poll(self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Response<PeekedBody<R>>> {
        let this = self.project();
        let response = this.response.as_mut().expect("polled after it was passed on");
        let peeked = response.body_mut().poll_peek(context);
        if let Poll::Ready(Peeked::Trailers(trailers)) = &peeked {
            response.extensions_mut().insert(Trailers(trailers.clone()));
        }
        if peeked.is_pending() && !response.body().has_begun() {
            ready!(this.limit.poll(context));
        }
        Poll::Ready(this.response.take().expect("it was there"))
    }
}

/// Returns true for a gRPC response whose head has no status of the call.
fn may_have_status_later<B: Body>(response: &Response<B>) -> bool {
    response.headers().get(header::CONTENT_TYPE).is_some_and(|kind| is_grpc(kind.as_bytes()))
        && !response.headers().contains_key("grpc-status")
        && !response.body().is_end_stream()
}

/// Returns true if a media type is `application/grpc`, in any case.
///
/// The type may name the format of the messages, as in `application/grpc+proto`.
fn is_grpc(kind: &[u8]) -> bool {
    const GRPC: &[u8] = b"application/grpc";
    kind.split_at_checked(GRPC.len()).is_some_and(|(kind, suffix)| {
        let suffix = suffix.trim_ascii_start();
        kind.eq_ignore_ascii_case(GRPC) && matches!(suffix.first(), None | Some(b'+' | b';'))
    })
}

impl<F, R: Body, T: Timer> fmt::Debug for Peeking<F, R, T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Peeking").field("is_held", &self.held.is_some()).finish_non_exhaustive()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn media_types_of_grpc_are_known_in_any_case() {
        for (kind, expected) in [
            ("application/grpc", true),
            ("application/grpc+proto", true),
            ("Application/gRPC; charset=utf-8", true),
            ("application/grpc ;a=b", true),
            ("application/grpc-web", false),
            ("application/grpcx", false),
            ("application/json", false),
            ("application", false),
            ("", false),
        ] {
            assert_eq!(is_grpc(kind.as_bytes()), expected, "{kind}");
        }
    }
}
