//! [`Exchange`]: one request and the service that it goes to, as an operation.

use std::fmt;
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll, ready};

use http::request::Parts;
use http::{HeaderMap, HeaderName, HeaderValue, Request, Response};
use http_body::Body;
use persevere::{Attempt, Operation, Reason, Shape, Timer};
use tower_service::Service;

use crate::attempt_timeout::{LastAttempt, Remaining};
use crate::drain::Draining;
use crate::filter::{Drain, FilterPolicy, RetryFilter};
use crate::replay::{Replay, ReplayBody, ReplaySource};
use crate::reuse::FreshConnection;
use crate::stopping::Stopping;

/// One request and the service that it goes to.
///
/// Every attempt is a copy of the original request. If the request may be sent again, the [`Attempt`] is among its extensions.
/// A response that another attempt replaces is read to its end during the wait, within the limits of the filter. If a signal can
/// end the wait and return the response, it is read after the wait.
pub(crate) struct Exchange<S: Service<Request<ReplayBody<B>>>, B: Body + Unpin, R, T: Timer> {
    service: S,
    timer: T,
    head: Option<Parts>,
    body: Source<B>,
    /// The number of the attempt after which none can follow.
    last: u32,
    announce: bool,
    /// Set once a failed attempt calls for a new connection.
    fresh: bool,
    filter: Arc<RetryFilter>,
    draining: Option<Discarded<R, T::Sleep>>,
    stopping: Option<Kept<R, S::Error>>,
}

/// The last outcome, with the signal that returns it. Set after the first failed attempt.
type Kept<R, E> = Box<Stopping<Result<Response<R>, E>>>;

/// The rest of a response that another attempt replaces.
type Discarded<R, S> = Pin<Box<Draining<R, S>>>;

/// The source of the bodies of all attempts.
enum Source<B: Body + Unpin> {
    Empty,
    /// For a single attempt: nothing is kept.
    Once(Option<B>),
    Replay(Option<ReplaySource<B>>),
}

impl<S: Service<Request<ReplayBody<B>>>, B: Body + Unpin, R, T: Timer> Exchange<S, B, R, T> {
    /// Creates an exchange with the limits of `policy`.
    pub(crate) fn new(service: S, timer: T, request: Request<B>, policy: &FilterPolicy) -> Self {
        let (head, body) = request.into_parts();
        let settings = &policy.filter().settings;
        let body = if body.is_end_stream() {
            Source::Empty
        } else if policy.keeps_body() {
            Source::Replay(Some(ReplaySource::with_pool(body, settings.body_limit, settings.pool.clone())))
        } else {
            Source::Once(Some(body))
        };
        Self {
            service,
            timer,
            head: Some(head),
            body,
            last: policy.attempts(),
            announce: policy.announces(),
            fresh: false,
            filter: Arc::clone(policy.filter()),
            draining: None,
            stopping: None,
        }
    }

    fn head(&mut self, is_last: bool) -> Parts {
        let head = if is_last { self.head.take() } else { self.head.clone() };
        head.expect("no attempt follows the last")
    }

    /// Returns true if another attempt could have the body.
    fn has_body(&self) -> bool {
        match &self.body {
            Source::Empty => true,
            Source::Once(body) => body.is_some(),
            Source::Replay(source) => source.as_ref().is_some_and(|source| source.replay() != Replay::Gone),
        }
    }

    /// Takes the body from its attempt. Returns false if no other attempt can have it.
    fn take_body(&self) -> bool {
        match &self.body {
            Source::Replay(source) => source.as_ref().is_some_and(ReplaySource::revoke),
            Source::Empty | Source::Once(_) => self.has_body(),
        }
    }

    fn body(&mut self, is_last: bool) -> ReplayBody<B> {
        let body = match &mut self.body {
            Source::Empty => Some(ReplayBody::empty()),
            Source::Once(body) => body.take().map(ReplayBody::once),
            Source::Replay(source) if is_last => source.take().and_then(ReplaySource::last_attempt),
            Source::Replay(source) => source.as_ref().and_then(ReplaySource::attempt),
        };
        body.expect("an attempt starts only while the body can be had")
    }
}

impl<S: Service<Request<ReplayBody<B>>>, B: Body + Unpin, R: Body, T: Timer> Exchange<S, B, R, T> {
    /// Starts to read a response to its end, if the filter's limits allow it.
    fn drain(&mut self, outcome: Result<Response<R>, S::Error>) {
        let Ok(response) = outcome else { return };
        let (timer, Drain { bytes, time }) = (&self.timer, self.filter.settings.drain);
        self.draining = Draining::new(response.into_body(), bytes, || timer.sleep(time)).map(Box::pin);
    }

    /// Discards the outcome that was kept during the wait, so that an attempt can start.
    ///
    /// Returns the outcome instead if no further attempt can have the body.
    #[cold]
    fn leave(&mut self) -> Option<Result<Response<R>, S::Error>> {
        let outcome = self.stopping.as_mut()?.release()?;
        if !self.take_body() {
            return Some(outcome);
        }
        self.drain(outcome);
        None
    }

    /// Continues to read a discarded response. Ready once there is nothing left to read.
    fn poll_drained(&mut self, context: &mut Context<'_>) -> Poll<()> {
        if let Some(draining) = &mut self.draining {
            ready!(draining.as_mut().poll(context));
            self.draining = None;
        }
        Poll::Ready(())
    }
}

impl<S, B, R, T> Shape for Exchange<S, B, R, T>
where
    S: Service<Request<ReplayBody<B>>>,
    B: Body + Unpin,
    T: Timer,
{
    type Future = S::Future;
}

impl<S, B, R, T> Operation for Exchange<S, B, R, T>
where
    S: Service<Request<ReplayBody<B>>, Response = Response<R>>,
    B: Body + Unpin,
    R: Body,
    T: Timer,
{
    type Outcome = Result<Response<R>, S::Error>;

    fn poll_ready(&mut self, context: &mut Context<'_>) -> Poll<Result<(), Self::Outcome>> {
        if self.stopping.is_some() {
            if let Some(outcome) = self.leave() {
                return Poll::Ready(Err(outcome));
            }
        }
        ready!(self.poll_drained(context));
        self.service.poll_ready(context).map_err(Err)
    }

    fn start(&mut self, attempt: Attempt) -> S::Future {
        let is_last = attempt.number() >= self.last;
        let mut request = Request::from_parts(self.head(is_last), self.body(is_last));
        if self.last > 1 {
            request.extensions_mut().insert(attempt);
            if is_last {
                request.extensions_mut().insert(LastAttempt);
            }
        } else if let Some(remaining) = attempt.remaining() {
            request.extensions_mut().insert(Remaining(remaining));
        }
        if self.fresh {
            request.extensions_mut().insert(FreshConnection);
        }
        if self.announce {
            announce(&attempt, request.headers_mut());
        }
        self.service.call(request)
    }

    fn settle(&mut self, output: Self::Outcome) -> Self::Outcome {
        output
    }

    fn again(&mut self) -> Result<(), Reason> {
        let stop = &self.filter.settings.stop;
        if let Some(stop) = stop {
            let stopping = self.stopping.get_or_insert_with(|| Box::new(Stopping::new(stop())));
            if stopping.has_come() {
                return Err(Reason::Stopped);
            }
        }
        // An outcome that may yet come back keeps its upload.
        let repeatable = if stop.is_some() { self.has_body() } else { self.take_body() };
        if repeatable { Ok(()) } else { Err(Reason::NotRepeatable) }
    }

    fn discard(&mut self, outcome: Self::Outcome) {
        self.fresh |= outcome.as_ref().map_or(true, FreshConnection::follows);
        match &mut self.stopping {
            Some(stopping) => stopping.keep(outcome),
            None => self.drain(outcome),
        }
    }

    /// Returns the outcome if the signal has come, and continues to read a discarded response.
    fn poll_stopped(&mut self, context: &mut Context<'_>) -> Poll<Self::Outcome> {
        let _ = self.poll_drained(context);
        self.stopping.as_mut().map_or(Poll::Pending, |stopping| stopping.poll(context))
    }
}

/// The header with the number of the attempt.
pub(crate) const COUNT: HeaderName = HeaderName::from_static("x-attempt-count");

/// The header with the time that the request has left.
const REMAINING: HeaderName = HeaderName::from_static("x-attempt-remaining-ms");

/// Writes the attempt into the headers, over any values that the client sent.
fn announce(attempt: &Attempt, headers: &mut HeaderMap) {
    headers.insert(COUNT, HeaderValue::from(attempt.number()));
    headers.remove(REMAINING);
    if let Some(remaining) = attempt.remaining() {
        let millis = u64::try_from(remaining.as_millis()).unwrap_or(u64::MAX);
        headers.insert(REMAINING, HeaderValue::from(millis));
    }
}

impl<S: Service<Request<ReplayBody<B>>>, B: Body + Unpin, R, T: Timer> fmt::Debug for Exchange<S, B, R, T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        // The URI may carry secrets in its query: the method is enough to tell exchanges apart.
        let method = self.head.as_ref().map(|head| &head.method);
        f.debug_struct("Exchange").field("method", &method).finish_non_exhaustive()
    }
}
