//! [`Exchange`]: one request and the service that it goes to, as an operation.

use std::fmt;
use std::task::{Context, Poll};

use http::request::Parts;
use http::{Request, Response};
use http_body::Body;
use persevere::{Attempt, Operation, Reason, Shape};
use tower_service::Service;

use crate::replay::{ReplayBody, ReplaySource};

/// One request and the service that it goes to.
///
/// Every attempt is a copy of the original request, with the [`Attempt`] among its extensions.
pub struct Exchange<S, B: Body + Unpin> {
    service: S,
    head: Option<Parts>,
    body: Source<B>,
    /// The number of the attempt after which none can follow.
    last: u32,
}

/// Where the bodies of the attempts come from.
enum Source<B: Body + Unpin> {
    Empty,
    /// For a single attempt: nothing is kept.
    Once(Option<B>),
    Replay(Option<ReplaySource<B>>),
}

impl<S, B: Body + Unpin> Exchange<S, B> {
    /// An exchange of at most `attempts` attempts, which keeps at most `cap` bytes of the body.
    pub(crate) fn new(service: S, request: Request<B>, attempts: u32, cap: usize) -> Self {
        let (head, body) = request.into_parts();
        let body = if body.is_end_stream() {
            Source::Empty
        } else if attempts <= 1 {
            Source::Once(Some(body))
        } else {
            Source::Replay(Some(ReplaySource::new(body, cap)))
        };
        Self { service, head: Some(head), body, last: attempts }
    }

    fn head(&mut self, is_last: bool) -> Parts {
        let head = if is_last { self.head.take() } else { self.head.clone() };
        head.expect("no attempt follows the last")
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

impl<S, B> Shape for Exchange<S, B>
where
    S: Service<Request<ReplayBody<B>>>,
    B: Body + Unpin,
{
    type Future = S::Future;
}

impl<S, B, R> Operation for Exchange<S, B>
where
    S: Service<Request<ReplayBody<B>>, Response = Response<R>>,
    B: Body + Unpin,
{
    type Outcome = Result<Response<R>, S::Error>;

    fn poll_ready(&mut self, context: &mut Context<'_>) -> Poll<Result<(), Self::Outcome>> {
        self.service.poll_ready(context).map_err(Err)
    }

    fn start(&mut self, attempt: Attempt) -> S::Future {
        let is_last = attempt.number() >= self.last;
        let mut request = Request::from_parts(self.head(is_last), self.body(is_last));
        request.extensions_mut().insert(attempt);
        self.service.call(request)
    }

    fn settle(&mut self, output: Self::Outcome) -> Self::Outcome {
        output
    }

    fn again(&mut self) -> Result<(), Reason> {
        let repeatable = match &self.body {
            Source::Empty => true,
            Source::Once(body) => body.is_some(),
            Source::Replay(source) => source.as_ref().is_some_and(ReplaySource::revoke),
        };
        if repeatable { Ok(()) } else { Err(Reason::NotRepeatable) }
    }
}

impl<S, B: Body + Unpin> fmt::Debug for Exchange<S, B> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        // The URI may carry secrets in its query: the method is enough to tell exchanges apart.
        let method = self.head.as_ref().map(|head| &head.method);
        f.debug_struct("Exchange").field("method", &method).finish_non_exhaustive()
    }
}
