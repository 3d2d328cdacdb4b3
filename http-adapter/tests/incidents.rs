//! What has gone wrong in other gateways and retry libraries, beside what the other files hold: bodies cut short
//! (`bodies`, `replay`), requests sent twice (`table`), memory (`memory`), retries that multiply (`amplification`), waits without
//! bound (the tests of `retry_after`), texts that are evaluated (`configuration`).

use std::convert::Infallible;
use std::pin::Pin;
use std::sync::{Arc, Mutex};
use std::task::{Context, Poll, Waker};

use bytes::Bytes;
use http::{HeaderMap, Request, Response, StatusCode};
use http_body::Body;
use http_body_util::{BodyExt, Full};
use hyper_util::rt::TokioIo;
use persevere_http::{Explanation, ReplayBody, RetryFilter, RetryFilterBuilder, RetryLayer, Row};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tower::{Layer, Service, ServiceExt};

use crate::clients::client;
use test_servers::script::{Act, Script};
use test_servers::{closed, ms, read_head, upstream};

fn filter() -> RetryFilterBuilder {
    RetryFilter::gateway().sends_once(true).backoff(persevere::constant(ms(0)))
}

fn layer() -> RetryLayer {
    RetryLayer::new(filter().build().expect("within bounds"))
}

type Sent = Request<ReplayBody<Full<Bytes>>>;

/// The head and the body of a response, as they came over the wire.
async fn whole(response: Response<hyper::body::Incoming>) -> (StatusCode, HeaderMap, Bytes) {
    let (head, body) = response.into_parts();
    (head.status, head.headers, body.collect().await.expect("it arrives").to_bytes())
}

/// Caddy: three retries became five requests, as the client below sent again on its own.
#[tokio::test]
async fn connections_that_close_at_every_second_request_cost_one_attempt_each() {
    let acts = std::iter::repeat_n([Act::Answer(200), Act::Close], 20).flatten();
    let script = Script::new(acts);
    let address = script.start().await;
    let service = layer().layer(client(false));
    for number in 0..10 {
        let request =
            Request::get(format!("http://{address}/")).body(Full::<Bytes>::default()).expect("valid");
        let response = service.clone().oneshot(request).await.expect("answered");
        assert_eq!(Explanation::of(&response).attempts, if number == 0 { 1 } else { 2 });
        response.into_body().collect().await.expect("arrives");
    }
    assert_eq!((script.received().len(), script.connections()), (19, 10));
}

/// Angie, `OpenResty`, `HAProxy`: where a retry was not allowed, or was one too many, the response was lost.
#[tokio::test]
async fn a_response_that_is_not_retried_comes_back_as_it_came() {
    let headers = "x-twice: 1\r\nx-twice: 2\r\nset-cookie: a=b\r\nretry-after: 0\r\n";
    let script = Script::new([Act::Answer(503); 100]).with_headers(headers);
    let address = script.start().await;
    let plain = client(false);
    let request = |method: &str| {
        let request = Request::builder().method(method).uri(format!("http://{address}/"));
        request.body(Full::<Bytes>::from("body")).expect("valid")
    };
    let expected = whole(plain.request(request("GET").map(ReplayBody::once)).await.expect("answered")).await;
    assert_eq!(expected.1.get_all("x-twice").iter().count(), 2);
    let service = RetryLayer::new(filter().wait_spread(ms(0)).build().expect("within bounds")).layer(plain);
    for (method, attempts) in [("POST", 1), ("PUT", 4)] {
        let response = service.clone().oneshot(request(method)).await.expect("answered");
        assert_eq!(Explanation::of(&response).attempts, attempts);
        assert_eq!(whole(response).await, expected, "{method}");
    }
}

/// Envoy: whoever sent a request could ask for retries.
#[tokio::test(start_paused = true)]
async fn no_header_of_a_request_makes_it_be_sent_again() {
    let attempts = Arc::<Mutex<usize>>::default();
    let counted = Arc::clone(&attempts);
    let busy = tower::service_fn(move |_: Sent| {
        *counted.lock().unwrap() += 1;
        std::future::ready(Ok::<_, Infallible>(
            Response::builder().status(503).body(String::new()).expect("valid"),
        ))
    });
    let mut request = Request::post("/").body(Full::default()).expect("valid");
    for (name, value) in [
        ("idempotency-key", "forged"),
        ("x-envoy-retry-on", "5xx"),
        ("x-envoy-max-retries", "50"),
        ("grpc-retry-pushback-ms", "0"),
        ("retry-after", "0"),
        ("x-attempt-count", "1"),
        ("x-http-method-override", "GET"),
    ] {
        request.headers_mut().insert(name, value.parse().expect("valid"));
    }
    layer().layer(busy).oneshot(request).await.expect("answered");
    assert_eq!(*attempts.lock().unwrap(), 1);
}

/// Envoy: a reply made on this side met a request that was still held, and crashed.
#[tokio::test(start_paused = true)]
async fn a_service_that_keeps_what_it_has_answered_harms_no_later_attempt() {
    let kept = Arc::<Mutex<Vec<Sent>>>::default();
    let keeping = Arc::clone(&kept);
    let local = tower::service_fn(move |request: Sent| {
        let mut kept = keeping.lock().unwrap();
        kept.push(request);
        let status = if kept.len() < 3 { 503 } else { 200 };
        std::future::ready(Ok::<_, Infallible>(
            Response::builder().status(status).body(String::new()).expect("valid"),
        ))
    });
    let request = Request::put("/").body(Full::from("the whole")).expect("valid");
    let response = layer().layer(local).oneshot(request).await.expect("answered");
    assert_eq!(response.status(), StatusCode::OK);
    let mut kept = std::mem::take(&mut *kept.lock().unwrap());
    let last = kept.pop().expect("three were sent");
    for mut request in kept {
        let mut context = Context::from_waker(Waker::noop());
        let frame = Pin::new(request.body_mut()).poll_frame(&mut context);
        assert!(matches!(frame, Poll::Ready(Some(Err(_)))), "it has lost the body: {frame:?}");
    }
    assert_eq!(last.into_body().collect().await.expect("it has the body").to_bytes(), "the whole");
}

/// go-retryablehttp: passwords in URLs were logged.
#[tokio::test(start_paused = true)]
async fn nothing_that_is_shown_tells_a_secret() {
    let shown = Arc::<Mutex<Vec<String>>>::default();
    let noted = Arc::clone(&shown);
    let filter = filter().on_retry(move |event| noted.lock().unwrap().push(format!("{event:?}")));
    let busy = tower::service_fn(|_: Sent| async {
        Ok::<_, Infallible>(Response::builder().status(503).body(String::new()).expect("valid"))
    });
    let mut service = RetryLayer::new(filter.build().expect("within bounds")).layer(busy);
    let request = Request::put("http://user:secret@host.example/path?token=secret")
        .header("authorization", "Basic secret")
        .body(Full::from("secret"))
        .expect("valid");
    let call = service.ready().await.expect("always").call(request);
    let before = format!("{call:?}");
    let response = call.await.expect("answered");
    let shown = format!("{before}{:?}{:?}", shown.lock().unwrap(), Explanation::of(&response));
    assert!(shown.contains("Event") && !shown.contains("secret"), "{shown}");
}

/// Traefik: a connection that had changed its protocol was sent again, and panicked.
#[tokio::test]
async fn a_change_of_protocol_is_final_and_its_connection_is_handed_over() {
    let address = upstream(|_, mut stream| async move {
        assert!(read_head(&mut stream).await.to_ascii_lowercase().contains("upgrade: echo"));
        let head = b"HTTP/1.1 101 Switching Protocols\r\nconnection: upgrade\r\nupgrade: echo\r\n\r\n";
        stream.write_all(head).await.expect("it is read");
        let (mut read, mut write) = stream.split();
        let _ = tokio::io::copy(&mut read, &mut write).await;
    })
    .await;
    let response = layer().layer(client(false)).oneshot(upgrade(address)).await.expect("answered");
    assert_eq!((response.status().as_u16(), Explanation::of(&response).attempts), (101, 1));
    let mut connection = TokioIo::new(hyper::upgrade::on(response).await.expect("handed over"));
    connection.write_all(b"ping").await.expect("it is read");
    let mut echo = [0; 4];
    connection.read_exact(&mut echo).await.expect("it comes back");
    assert_eq!(&echo, b"ping");
}

fn upgrade(address: std::net::SocketAddr) -> Request<Full<Bytes>> {
    let request = Request::get(format!("http://{address}/")).header("connection", "upgrade");
    request.header("upgrade", "echo").body(Full::default()).expect("valid")
}

/// The same, for what comes instead of the change: only what was not processed for certain is sent again.
#[tokio::test]
async fn a_request_for_another_protocol_is_sent_again_only_if_nobody_has_seen_it() {
    for act in [Act::Answer(503), Act::Close, Act::Reset, Act::PartialHead] {
        let script = Script::new([act]);
        let address = script.start().await;
        let _ = layer().layer(client(false)).oneshot(upgrade(address)).await;
        assert_eq!(script.received().len(), 1, "{act:?}");
    }
    let (_held, closed) = closed();
    let retries = Arc::<Mutex<usize>>::default();
    let counted = Arc::clone(&retries);
    let filter = filter().on_retry(move |_| *counted.lock().unwrap() += 1);
    let service = RetryLayer::new(filter.build().expect("within bounds")).layer(client(false));
    assert!(service.oneshot(upgrade(closed)).await.is_err());
    assert_eq!(*retries.lock().unwrap(), 3);
}

/// Spring Cloud Gateway: a retry went to the instance that had just failed. What the original request has among its
/// extensions goes with every attempt, and so whoever chooses an instance can remember there which ones have failed.
#[tokio::test]
async fn a_choice_of_instances_can_avoid_those_that_have_failed() {
    type Failed = Arc<Mutex<Vec<std::net::SocketAddr>>>;
    let (first, second) = (closed(), closed());
    let script = Script::new([]);
    let instances = [first.1, second.1, script.start().await];
    let client = client(false);
    let choosing = tower::service_fn(move |mut request: Sent| {
        let failed = request.extensions().get::<Failed>().cloned().expect("the original has it");
        let is_left = |instance: &&std::net::SocketAddr| !failed.lock().unwrap().contains(instance);
        let chosen = *instances.iter().find(is_left).expect("one is left");
        *request.uri_mut() = format!("http://{chosen}/").parse().expect("valid");
        let response = client.request(request);
        async move { response.await.inspect_err(|_| failed.lock().unwrap().push(chosen)) }
    });
    let failed = Failed::default();
    let request = Request::post("/").extension(Arc::clone(&failed)).body(Full::from("x")).expect("valid");
    let response = layer().layer(choosing).oneshot(request).await.expect("the third is up");
    assert_eq!((response.status(), Explanation::of(&response).attempts), (StatusCode::OK, 3));
    assert_eq!(*failed.lock().unwrap(), [first.1, second.1]);
}

/// `HAProxy`, nginx: an interim response before the one that is retried ended the request.
#[tokio::test]
async fn interim_responses_of_an_attempt_that_failed_leave_no_trace() {
    for interim in [100, 102, 103] {
        let script = Script::new([Act::Interim(interim, 503)]);
        let address = script.start().await;
        let request =
            Request::put(format!("http://{address}/")).body(Full::<Bytes>::from("x")).expect("valid");
        let response = layer().layer(client(false)).oneshot(request).await.expect("answered");
        assert_eq!(
            (response.status(), Explanation::of(&response).attempts),
            (StatusCode::OK, 2),
            "{interim}"
        );
        assert!(!response.headers().contains_key("link"), "{interim}");
        assert_eq!(Explanation::of(&response).row, None::<Row>);
    }
}
