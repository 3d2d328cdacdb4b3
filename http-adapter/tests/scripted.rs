//! A service that answers as its script says, in virtual time, and what comes of a request through a filter to it.

use std::future::{Ready, ready};
use std::sync::{Arc, Mutex};
use std::task::{Context, Poll};
use std::time::Duration;

use bytes::Bytes;
use http::{Method, Request, Response, StatusCode};
use http_body_util::Full;
use persevere::Attempt;
use persevere_http::spring::{SpringBackoff, SpringRules};
use persevere_http::{HeadTimeout, RetryFilter, RetryFilterBuilder, RetryLayer};
use tower::{Layer, Service, ServiceExt};

use test_servers::ms;

/// What a scripted upstream answers.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Answer {
    Status(u16),
    /// Closes the connection: an exception that filters list by default.
    Reset,
    Timeout,
    /// An error that says nothing of the transport.
    Odd,
}
pub(crate) use Answer::{Odd, Reset, Status, Timeout};

#[derive(Debug, thiserror::Error)]
pub(crate) enum Failed {
    #[error("reset")]
    Io(#[source] std::io::Error),
    #[error("slow")]
    Timeout(#[source] HeadTimeout),
    #[error("odd")]
    Odd,
}

/// Answers one after the other, and remembers the attempts that it was asked.
#[derive(Clone)]
pub(crate) struct Upstream {
    answers: Arc<Mutex<Vec<Answer>>>,
    pub(crate) attempts: Arc<Mutex<Vec<Option<Attempt>>>>,
    ready: bool,
}

impl Upstream {
    pub(crate) fn new(answers: &[Answer]) -> Self {
        let answers = answers.iter().rev().copied().collect();
        Self { answers: Arc::new(Mutex::new(answers)), attempts: Arc::default(), ready: false }
    }

    pub(crate) fn attempts(&self) -> usize {
        self.attempts.lock().unwrap().len()
    }
}

impl<B> Service<Request<B>> for Upstream {
    type Response = Response<String>;
    type Error = Failed;
    type Future = Ready<Result<Self::Response, Failed>>;

    fn poll_ready(&mut self, _: &mut Context<'_>) -> Poll<Result<(), Failed>> {
        self.ready = true;
        Poll::Ready(Ok(()))
    }

    fn call(&mut self, request: Request<B>) -> Self::Future {
        assert!(std::mem::take(&mut self.ready), "an instance is called only after it was ready");
        self.attempts.lock().unwrap().push(request.extensions().get().copied());
        ready(match self.answers.lock().unwrap().pop().expect("one attempt too many") {
            Status(status) => {
                Ok(Response::builder().status(status).body("as it came".to_owned()).expect("valid"))
            }
            Reset => Err(Failed::Io(std::io::ErrorKind::ConnectionReset.into())),
            Timeout => Err(Failed::Timeout(HeadTimeout::new())),
            Odd => Err(Failed::Odd),
        })
    }
}

/// Sends one request through a filter to an upstream that answers so; what came of it, with all delays.
pub(crate) async fn send(
    filter: RetryFilterBuilder,
    method: Method,
    answers: &[Answer],
) -> (Result<StatusCode, Failed>, usize, Vec<Duration>) {
    let upstream = Upstream::new(answers);
    let delays: Arc<Mutex<Vec<Duration>>> = Arc::default();
    let told = Arc::clone(&delays);
    let filter = filter.on_retry(move |event| told.lock().unwrap().extend(event.decision.delay()));
    let service = RetryLayer::new(filter.build().expect("within bounds")).layer(upstream.clone());
    let request = Request::builder().method(method).body(Full::<Bytes>::default()).expect("valid");
    let outcome = service.oneshot(request).await.map(|response| {
        assert_eq!(*response.body(), "as it came");
        response.status()
    });
    let delays = delays.lock().unwrap().clone();
    (outcome, upstream.attempts(), delays)
}

/// Delays that double from 100 ms.
pub(crate) fn doubling() -> RetryFilterBuilder {
    RetryFilter::spring()
        .rules(SpringRules::default().backoff(SpringBackoff::new(ms(100), None).expect("above zero")))
}
