//! The layer around services that do as they are told, in virtual time; and around hyper-util's client.

use std::convert::Infallible;
use std::future::{Future, ready};
use std::pin::Pin;
use std::sync::{Arc, Mutex};
use std::task::{Context, Poll};
use std::time::Duration;

use bytes::Bytes;
use http::{Method, Request, Response, StatusCode};
use http_body_util::{BodyExt, Full};
use hyper_util::client::legacy::Client;
use hyper_util::client::legacy::connect::HttpConnector;
use hyper_util::rt::TokioExecutor;
use persevere::{BackoffExt, Stamp, Timer, Unlimited};
use persevere_http::spring::{Series, SpringBackoff, SpringRules};
use persevere_http::{ReplayBody, RetryFilter, RetryFilterBuilder, RetryLayer, TransportFailure};
use tower::{Layer, Service, ServiceExt};

use crate::scripted::{Status, Upstream, doubling};
use test_servers::ms;
use test_servers::script::{Act, Script, request::hash};

fn spring() -> RetryFilter {
    RetryFilter::spring().build().expect("the defaults are within their bounds")
}

#[tokio::test(start_paused = true)]
async fn each_attempt_is_the_original_request_with_its_own_attempt() {
    let upstream = Upstream::new(&[Status(500), Status(500), Status(200)]);
    let attempts = Arc::clone(&upstream.attempts);
    // A service inside that leaves marks on what it passes on.
    let marking = tower::service_fn(move |mut request: Request<ReplayBody<Full<Bytes>>>| {
        assert_eq!(request.headers().len(), 1, "a header of an earlier attempt has leaked");
        assert!(request.extensions().get::<u8>().is_none(), "an extension of an earlier attempt has leaked");
        assert!(request.extensions().get::<&str>().is_some(), "the request's own extension is there");
        request.headers_mut().insert("x-mark", "1".parse().expect("valid"));
        request.extensions_mut().insert(1_u8);
        upstream.clone().oneshot(request)
    });
    let service = RetryLayer::new(spring()).layer(marking);
    let mut request = Request::builder().header("x-own", "1").body(Full::default()).expect("valid");
    request.extensions_mut().insert("own");
    assert_eq!(service.oneshot(request).await.expect("answers").status(), StatusCode::OK);
    let numbers: Vec<_> =
        attempts.lock().unwrap().iter().map(|attempt| attempt.map(|a| a.number())).collect();
    assert_eq!(numbers, [Some(1), Some(2), Some(3)]);
}

#[tokio::test(start_paused = true)]
async fn a_service_that_cannot_fail_can_be_retried() {
    let upstream = tower::service_fn(|_: Request<ReplayBody<Full<Bytes>>>| async {
        Ok::<_, Infallible>(Response::builder().status(503).body(String::new()).expect("valid"))
    });
    let service = RetryLayer::new(spring()).layer(upstream);
    let call = tokio::spawn(service.oneshot(Request::new(Full::default())));
    assert_eq!(call.await.expect("the future is Send").expect("infallible").status(), 503);
}

#[tokio::test(start_paused = true)]
async fn dropping_a_call_starts_no_other_attempt() {
    let upstream = Upstream::new(&[Status(500), Status(500)]);
    let hour = SpringBackoff::new(Duration::from_secs(3600), None).expect("above zero");
    let filter =
        RetryFilter::spring().rules(SpringRules::default().backoff(hour)).build().expect("within bounds");
    let mut call = Box::pin(
        RetryLayer::new(filter).layer(upstream.clone()).oneshot(Request::new(Full::<Bytes>::default())),
    );
    let waiting = std::future::poll_fn(|context| Poll::Ready(call.as_mut().poll(context).is_pending())).await;
    assert!(waiting);
    drop(call);
    assert_eq!(upstream.attempts(), 1);
}

/// A retrying client of hyper-util, and an upstream with this script.
async fn client(
    filter: RetryFilterBuilder,
    acts: &[Act],
) -> (
    Arc<Script>,
    String,
    impl Service<
        Request<Full<Bytes>>,
        Response = Response<hyper::body::Incoming>,
        Error = hyper_util::client::legacy::Error,
    >,
) {
    let script = Script::new(acts.iter().copied());
    let upstream = script.start().await;
    let client: Client<HttpConnector, ReplayBody<Full<Bytes>>> =
        Client::builder(TokioExecutor::new()).build_http();
    let service = RetryLayer::new(filter.build().expect("within bounds")).layer(client);
    (script, format!("http://{upstream}"), service)
}

fn get_and_post() -> RetryFilterBuilder {
    RetryFilter::spring()
        .rules(SpringRules::default().methods([Method::POST, Method::GET]).series([Series::ServerError]))
        .retries(2)
}

#[tokio::test]
async fn s6_the_builder_makes_a_filter_that_recovers_a_get() {
    let (script, base, service) = client(get_and_post(), &[Act::Answer(500)]).await;
    let request = Request::get(base).body(Full::default()).expect("valid");
    let response = service.oneshot(request).await.expect("answers");
    assert_eq!(response.status(), StatusCode::OK);
    assert_eq!(response.into_body().collect().await.expect("arrives").to_bytes(), "ok");
    assert_eq!(script.received().len(), 2);
}

#[tokio::test]
async fn s8_the_builder_makes_a_filter_that_recovers_a_post() {
    let (script, base, service) = client(get_and_post(), &[Act::Answer(500), Act::Answer(502)]).await;
    let request = Request::post(base).body(Full::from("Hello")).expect("valid");
    let response = service.oneshot(request).await.expect("answers");
    assert_eq!(response.status(), StatusCode::OK);
    let bodies: Vec<_> = script.received().iter().map(|request| request.hash).collect();
    assert_eq!(bodies, [hash(b"Hello"); 3]);
}

#[tokio::test(start_paused = true)]
async fn a_request_whose_body_fails_is_not_sent_again_whatever_the_predicate_says() {
    #[derive(Clone)]
    struct Reading;
    #[derive(Debug, thiserror::Error)]
    #[error("the upload failed")]
    struct UploadFailed(#[source] persevere_http::ReplayError);
    struct Broken;
    impl http_body::Body for Broken {
        type Data = Bytes;
        type Error = std::io::Error;
        fn poll_frame(
            self: Pin<&mut Self>,
            _: &mut Context<'_>,
        ) -> Poll<Option<Result<http_body::Frame<Bytes>, std::io::Error>>> {
            Poll::Ready(Some(Err(std::io::ErrorKind::ConnectionReset.into())))
        }
    }
    impl Service<Request<ReplayBody<Broken>>> for Reading {
        type Response = Response<String>;
        type Error = UploadFailed;
        type Future = Pin<Box<dyn Future<Output = Result<Response<String>, UploadFailed>>>>;
        fn poll_ready(&mut self, _: &mut Context<'_>) -> Poll<Result<(), UploadFailed>> {
            Poll::Ready(Ok(()))
        }
        fn call(&mut self, request: Request<ReplayBody<Broken>>) -> Self::Future {
            Box::pin(async {
                let _ = request.into_body().collect().await.map_err(UploadFailed)?;
                Ok(Response::new(String::new()))
            })
        }
    }
    let retries = Arc::new(Mutex::new(0));
    let counted = Arc::clone(&retries);
    let filter = RetryFilter::spring()
        .rules(SpringRules::default().retry_error(|_| true))
        .on_retry(move |_| *counted.lock().unwrap() += 1);
    let service = RetryLayer::new(filter.build().expect("within bounds")).layer(Reading);
    let error = service.oneshot(Request::new(Broken)).await.expect_err("the body fails");
    assert_eq!(TransportFailure::of(&error), Some(TransportFailure::Local));
    assert_eq!(*retries.lock().unwrap(), 0);
}

#[tokio::test(start_paused = true)]
async fn an_attempt_that_lost_its_body_is_not_retried_whatever_the_predicate_says() {
    #[derive(Debug, thiserror::Error)]
    #[error("lost")]
    struct Lost(#[source] persevere_http::ReplayError);
    let calls = Arc::new(Mutex::new(0));
    let counted = Arc::clone(&calls);
    let losing = tower::service_fn(move |_: Request<ReplayBody<Full<Bytes>>>| {
        *counted.lock().unwrap() += 1;
        ready(Err::<Response<String>, _>(Lost(persevere_http::ReplayError::Revoked)))
    });
    let filter = RetryFilter::spring()
        .rules(SpringRules::default().retry_error(|_| true))
        .build()
        .expect("within bounds");
    assert!(RetryLayer::new(filter).layer(losing).oneshot(Request::new(Full::default())).await.is_err());
    assert_eq!(*calls.lock().unwrap(), 1);
}

#[tokio::test(start_paused = true)]
async fn a_request_that_is_never_retried_keeps_nothing_of_its_body() {
    struct Counted {
        _alive: Arc<()>,
    }
    impl AsRef<[u8]> for Counted {
        fn as_ref(&self) -> &[u8] {
            &[0; 4096]
        }
    }
    for (method, kept) in [(Method::GET, "1"), (Method::POST, "0")] {
        let alive = Arc::new(());
        let body = Full::new(Bytes::from_owner(Counted { _alive: Arc::clone(&alive) }));
        let seen = Arc::clone(&alive);
        let reading = tower::service_fn(move |request: Request<ReplayBody<Full<Bytes>>>| {
            let seen = Arc::clone(&seen);
            async move {
                let (_, mut body) = request.into_parts();
                drop(body.frame().await);
                Ok::<_, Infallible>(Response::new((Arc::strong_count(&seen) - 3).to_string()))
            }
        });
        let request = Request::builder().method(method.clone()).body(body).expect("valid");
        let service = RetryLayer::new(spring()).layer(reading);
        let response = service.oneshot(request).await.expect("infallible");
        // The test's own and two of the service's are taken off: what is left is what the layer keeps.
        assert_eq!(*response.body(), kept, "{method}");
    }
}

#[tokio::test(start_paused = true)]
async fn the_events_of_a_filter_tell_the_time() {
    let times: Arc<Mutex<Vec<Duration>>> = Arc::default();
    let told = Arc::clone(&times);
    let filter = doubling().on_retry(move |event| told.lock().unwrap().push(event.attempt.elapsed()));
    let service = RetryLayer::new(filter.build().expect("ok")).layer(Upstream::new(&[
        Status(500),
        Status(500),
        Status(200),
    ]));
    let _ = service.oneshot(Request::new(Full::<Bytes>::default())).await;
    assert_eq!(*times.lock().unwrap(), [ms(0), ms(100)]);
}

/// A timer that counts how often its clock is read.
#[derive(Clone, Default)]
struct Counting(Arc<Mutex<u32>>);

impl Timer for Counting {
    type Sleep = std::future::Ready<()>;

    fn sleep(&self, _: Duration) -> Self::Sleep {
        ready(())
    }

    fn now(&self) -> Stamp {
        *self.0.lock().unwrap() += 1;
        Stamp::default()
    }
}

#[tokio::test]
async fn the_clock_is_read_only_for_what_needs_the_time() {
    let read = |filter: RetryFilter| {
        let timer = Counting::default();
        let upstream = Upstream::new(&[Status(503), Status(503), Status(200)]);
        let service = RetryLayer::with_timer(filter, timer.clone()).layer(upstream);
        async move {
            service.oneshot(Request::new(Full::<Bytes>::default())).await.expect("answers");
            *timer.0.lock().unwrap()
        }
    };
    assert_eq!(read(spring()).await, 0);
    let constant = RetryFilter::gateway().budget(Unlimited).backoff(persevere::constant(ms(1)));
    assert_eq!(read(constant.build().expect("within bounds")).await, 0);
    for timed in [
        RetryFilter::gateway(), // its budget grows with the time
        RetryFilter::gateway().budget(Unlimited).timeout(ms(1_000)),
        RetryFilter::gateway().budget(Unlimited).on_retry(|_| {}),
        RetryFilter::gateway().budget(Unlimited).backoff(persevere::constant(ms(1)).within(ms(1_000))),
    ] {
        assert!(read(timed.build().expect("within bounds")).await > 0);
    }
}

/// What stands behind a request for another protocol may be that protocol's data.
#[tokio::test]
async fn the_body_of_a_request_for_another_protocol_is_never_kept() {
    for filter in [RetryFilter::spring().build(), RetryFilter::gateway().build()] {
        let upstream = Upstream::new(&[Status(503)]);
        let service = RetryLayer::new(filter.expect("the defaults")).layer(upstream.clone());
        let request = Request::get("/").header("upgrade", "websocket").body(Full::<Bytes>::from("x"));
        let response = service.oneshot(request.expect("valid")).await.expect("answered");
        assert_eq!((response.status().as_u16(), upstream.attempts()), (503, 1));
    }
}

#[test]
fn a_layer_and_its_services_show_the_filter_that_they_share() {
    let layer = RetryLayer::new(spring());
    let (first, second) = (layer.layer("one"), layer.layer("another"));
    assert!([first.filter(), second.filter()].iter().all(|filter| Arc::ptr_eq(filter, layer.filter())));
    assert_eq!((*first.get_ref(), *second.get_ref()), ("one", "another"));
    let by_hand = persevere_http::RetryService::new("one", spring(), persevere::Tokio);
    assert_eq!(by_hand.filter().retries(), 3);
}
