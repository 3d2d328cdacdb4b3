//! Trailers that are looked at before a response is passed on: what is found there, and what is left as it was.

use std::collections::VecDeque;
use std::convert::Infallible;
use std::io;
use std::pin::Pin;
use std::sync::{Arc, Mutex};
use std::task::{Context, Poll};
use std::time::Duration;

use bytes::Bytes;
use http::{HeaderMap, HeaderValue, Request, Response};
use http_body::{Body, Frame, SizeHint};
use http_body_util::{BodyExt, Full};
use persevere::{Reason, Timer};
use persevere_http::service::PeekedBody;
use persevere_http::{
    Explanation, GatewayRules, PeekTrailersLayer, ReplayBody, RetryFilter, RetryLayer, Row,
};
use tower::{Layer, ServiceExt};

use test_servers::ms;

/// What a body does when it is polled; it ends after the last.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Step {
    Data(&'static str),
    /// `grpc-status`, and `grpc-retry-pushback-ms` if it is not empty.
    Trailers(u16, &'static str),
    Fail,
    /// Is not there yet, and never comes by itself.
    Wait,
}
use Step::{Data, Fail, Trailers, Wait};

/// A body that is scripted.
#[derive(Debug)]
struct Scripted {
    steps: VecDeque<Step>,
    polls: Arc<Mutex<usize>>,
}

impl Body for Scripted {
    type Data = Bytes;
    type Error = io::Error;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        _: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, io::Error>>> {
        *self.polls.lock().unwrap() += 1;
        Poll::Ready(match self.steps.pop_front() {
            None => None,
            Some(Data(text)) => Some(Ok(Frame::data(Bytes::from_static(text.as_bytes())))),
            Some(Trailers(code, pushback)) => {
                let mut trailers = HeaderMap::from_iter([("grpc-status".parse().unwrap(), code.into())]);
                if !pushback.is_empty() {
                    trailers.insert("grpc-retry-pushback-ms", HeaderValue::from_static(pushback));
                }
                Some(Ok(Frame::trailers(trailers)))
            }
            Some(Fail) => Some(Err(io::ErrorKind::ConnectionReset.into())),
            Some(Wait) => return Poll::Pending,
        })
    }

    fn is_end_stream(&self) -> bool {
        self.steps.is_empty()
    }

    fn size_hint(&self) -> SizeHint {
        let data = |step: &Step| if let Data(text) = step { text.len() } else { 0 };
        SizeHint::with_exact(u64::try_from(self.steps.iter().map(data).sum::<usize>()).unwrap())
    }
}

/// What came of a request whose first response has this body, and how often its body was polled before the response was
/// passed on; each further response is accepted.
async fn send(
    layer: PeekTrailersLayer,
    kind: &'static str,
    steps: &[Step],
) -> (Response<PeekedBody<Scripted>>, usize) {
    let polls = Arc::<Mutex<usize>>::default();
    let first = Arc::new(Mutex::new(Some(Scripted {
        steps: steps.iter().copied().collect(),
        polls: Arc::clone(&polls),
    })));
    let upstream = tower::service_fn(move |_: Request<ReplayBody<Full<Bytes>>>| {
        let again = || Scripted { steps: [Data("again")].into(), polls: Arc::default() };
        let body = first.lock().unwrap().take().unwrap_or_else(again);
        let response = Response::builder().header("content-type", kind).body(body).expect("valid");
        std::future::ready(Ok::<_, Infallible>(response))
    });
    let rules = GatewayRules::default().grpc_codes([14]);
    let filter = RetryFilter::gateway().rules(rules).retries(1).backoff(persevere::constant(ms(0)));
    let layers = RetryLayer::new(filter.build().expect("within bounds")).layer(layer.layer(upstream));
    let response =
        layers.oneshot(Request::post("/").body(Full::default()).expect("valid")).await.expect("answered");
    let polled = *polls.lock().unwrap();
    (response, polled)
}

const GRPC: &str = "application/grpc";

/// The data and the code of a response, as they are read.
async fn read(response: Response<PeekedBody<Scripted>>) -> (String, Option<String>) {
    let body = response.into_body().collect().await.expect("it ends");
    let code = body.trailers().map(|trailers| trailers["grpc-status"].to_str().unwrap().to_owned());
    (String::from_utf8(body.to_bytes().to_vec()).unwrap(), code)
}

#[tokio::test(start_paused = true)]
async fn a_code_that_is_listed_is_found_in_trailers_that_come_at_once_or_after_one_frame() {
    for steps in [&[Trailers(14, "")][..], &[Data("a"), Trailers(14, "")]] {
        for kind in [GRPC, "application/grpc+proto", "application/grpc;x=y"] {
            let (response, _) = send(PeekTrailersLayer::new(), kind, steps).await;
            let explanation = Explanation::of(&response);
            assert_eq!((explanation.attempts, explanation.reason), (2, Reason::Accepted), "{steps:?}");
            assert_eq!(read(response).await, ("again".to_owned(), None), "{steps:?}");
        }
    }
}

#[tokio::test(start_paused = true)]
async fn what_is_not_retried_is_passed_on_unchanged() {
    for steps in [
        &[Trailers(0, "")][..],
        &[Trailers(13, "")],
        &[Data("a"), Trailers(0, "")],
        &[Data("a"), Data("b"), Trailers(14, "")],
        &[Data("a"), Data("b"), Data("c"), Trailers(0, "")],
        &[Data("a")],
        &[Data("a"), Data("b")],
    ] {
        let (response, _) = send(PeekTrailersLayer::new(), GRPC, steps).await;
        assert_eq!(Explanation::of(&response).attempts, 1, "{steps:?}");
        let data: String = steps.iter().map(|step| if let Data(text) = step { *text } else { "" }).collect();
        let code =
            steps.iter().find_map(|step| if let Trailers(code, _) = step { Some(*code) } else { None });
        assert_eq!(response.body().size_hint().exact(), Some(data.len() as u64), "{steps:?}");
        assert!(!response.body().is_end_stream(), "{steps:?}");
        let mut body = response.into_body();
        while !body.is_end_stream() {
            body.frame().await.expect("it has not ended").expect("it does not fail");
        }
        let (response, _) = send(PeekTrailersLayer::new(), GRPC, steps).await;
        assert_eq!(read(response).await, (data, code.map(|code| code.to_string())), "{steps:?}");
    }
}

#[tokio::test(start_paused = true)]
async fn a_pushback_in_trailers_is_followed() {
    let (response, _) = send(PeekTrailersLayer::new(), GRPC, &[Trailers(14, "70")]).await;
    assert_eq!(Explanation::of(&response).slept, ms(70));
    let (response, _) = send(PeekTrailersLayer::new(), GRPC, &[Trailers(14, "-1")]).await;
    let explanation = Explanation::of(&response);
    assert_eq!((explanation.attempts, explanation.row), (1, Some(Row::Grpc)));
    assert_eq!(read(response).await, (String::new(), Some("14".to_owned())));
}

#[tokio::test(start_paused = true)]
async fn a_head_is_held_back_for_its_first_frame_alone_and_not_longer_than_patience() {
    let start = persevere::Tokio.now();
    let passed = |layer: PeekTrailersLayer, steps: &'static [Step]| async move {
        let start = persevere::Tokio.now();
        let (response, polls) = send(layer, GRPC, steps).await;
        assert_eq!(Explanation::of(&response).attempts, 1);
        (persevere::Tokio.now().since(start), polls)
    };
    const NEVER: &[Step] = &[Wait; 64];
    const STREAM: &[Step] = &[Data("a"), Wait, Wait, Wait];
    assert_eq!(passed(PeekTrailersLayer::new(), NEVER).await.0, ms(1));
    assert_eq!(passed(PeekTrailersLayer::new().patience(ms(20)), NEVER).await.0, ms(20));
    assert_eq!(passed(PeekTrailersLayer::new().patience(Duration::ZERO), NEVER).await, (ms(0), 1));
    // What has begun to stream is not held back, whatever the patience.
    assert_eq!(passed(PeekTrailersLayer::new().patience(ms(20)), STREAM).await, (ms(0), 2));
    assert_eq!(persevere::Tokio.now().since(start), ms(21));
}

#[tokio::test(start_paused = true)]
async fn what_cannot_be_retried_or_is_not_grpc_is_not_looked_at() {
    for kind in ["application/json", "application/grpc-web", "text/plain"] {
        let (response, polls) = send(PeekTrailersLayer::new(), kind, &[Trailers(14, "")]).await;
        assert_eq!((polls, Explanation::of(&response).attempts), (0, 1), "{kind}");
    }
    // A second attempt is the last: its trailers are nobody's business.
    let steps = [Trailers(14, "")];
    let body = || Scripted { steps: steps.into(), polls: Arc::default() };
    let polls = Arc::<Mutex<Vec<_>>>::default();
    let seen = Arc::clone(&polls);
    let upstream = tower::service_fn(move |_: Request<ReplayBody<Full<Bytes>>>| {
        let body = body();
        seen.lock().unwrap().push(Arc::clone(&body.polls));
        let response = Response::builder().header("content-type", GRPC).body(body).expect("valid");
        std::future::ready(Ok::<_, Infallible>(response))
    });
    let rules = GatewayRules::default().grpc_codes([14]);
    let filter = RetryFilter::gateway().rules(rules).retries(1).backoff(persevere::constant(ms(0)));
    let layers = RetryLayer::new(filter.build().expect("within bounds"));
    let service = layers.layer(PeekTrailersLayer::new().layer(upstream));
    service.oneshot(Request::new(Full::default())).await.expect("answered");
    let polls: Vec<_> = polls.lock().unwrap().iter().map(|polls| *polls.lock().unwrap()).collect();
    assert_eq!(polls, [1, 0]);
}

#[tokio::test(start_paused = true)]
async fn a_body_that_fails_at_once_fails_where_it_is_read() {
    for steps in [&[Fail][..], &[Data("a"), Fail]] {
        let (response, _) = send(PeekTrailersLayer::new(), GRPC, steps).await;
        assert_eq!(Explanation::of(&response).attempts, 1);
        let error = response.into_body().collect().await.expect_err("it fails");
        assert_eq!(error.kind(), io::ErrorKind::ConnectionReset);
    }
}
