//! The scenarios of the two reference gateways, over real sockets: those of Spring Cloud Gateway's tests (S),
//! and those of the retrying transport for Go's reverse proxy (G). Response time-outs are scaled down.

use std::sync::Arc;

use http::{Method, Response, StatusCode};

use crate::flaky::Flaky;
use crate::support::{Gateway, Received, Recorder, Reply, closed, ms, resetting, within};

/// A flaky upstream and a gateway before it, with these lines under `filters`.
async fn start(name: &str, filters: &str) -> (Arc<Flaky>, Gateway) {
    start_within(name, filters, "10s").await
}

/// As [`start`], with a response time-out.
async fn start_within(name: &str, filters: &str, timeout: &str) -> (Arc<Flaky>, Gateway) {
    let flaky = Arc::new(Flaky::new(false));
    let upstream = flaky.start().await.expect("the loopback has free ports");
    let gateway = Gateway::start_within(name, upstream, filters, timeout).await;
    (flaky, gateway)
}

fn text<B: AsRef<[u8]>>(response: &Response<B>) -> &str {
    std::str::from_utf8(response.body().as_ref()).expect("these upstreams speak ASCII")
}

const GET_AND_POST: &str = "- name: Retry\n  args:\n    retries: 2\n    methods: GET,POST";
const GET_ONLY: &str = "- name: Retry\n  args:\n    retries: 2\n    methods: GET";

#[tokio::test]
async fn s1_defaults_recover_a_get() {
    let (flaky, gateway) = start("s1", "- Retry").await;
    let response = gateway.get("/httpbin/retry?key=get").await;
    assert_eq!((response.status(), text(&response)), (StatusCode::OK, "3"));
    assert_eq!(flaky.count("get"), 3);
}

#[tokio::test]
async fn s2_the_last_response_comes_back_when_retries_run_out() {
    let (flaky, gateway) = start("s2", GET_AND_POST).await;
    let response = gateway.get("/httpbin/retryalwaysfail?key=fail").await;
    assert!(response.status().is_server_error());
    assert_eq!(text(&response), "permanently broken");
    assert_eq!(flaky.count("fail"), 3);
}

#[tokio::test]
async fn s3_headers_of_failed_attempts_are_gone() {
    let filters = "- name: Retry\n  args:\n    retries: 2\n    methods: GET,POST\n    backoff:\n      \
                   firstBackoff: 100ms\n      factor: 2\n      basedOnPreviousValue: true";
    let (flaky, gateway) = start("s3", filters).await;
    let response = gateway.get("/httpbin/retry?key=backoff&count=3").await;
    assert_eq!(response.status(), StatusCode::OK);
    let counts: Vec<_> = response.headers().get_all("x-retry-count").iter().collect();
    assert_eq!(counts, ["3"]);
    assert_eq!(flaky.count("backoff"), 3);
}

#[tokio::test]
async fn s4_backoff_jitter_and_timeout_leave_room_to_recover() {
    let filters = "- name: Retry\n  args:\n    retries: 3\n    backoff:\n      firstBackoff: 50ms\n      \
                   maxBackoff: 100ms\n      factor: 2\n      basedOnPreviousValue: true\n    jitter:\n      \
                   randomFactor: 0.1\n    timeout: 10s";
    let (flaky, gateway) = start("s4", filters).await;
    let response = gateway.get("/httpbin/retry?key=jitter&count=3").await;
    assert_eq!(response.status(), StatusCode::OK);
    assert_eq!(response.headers()["x-retry-count"], "3");
    assert_eq!(flaky.count("jitter"), 3);
}

#[tokio::test]
async fn s5_a_timeout_forbids_the_retry_that_would_start_after_it() {
    let filters = "- name: Retry\n  args:\n    retries: 3\n    backoff:\n      firstBackoff: 500ms\n      \
                   factor: 2\n      basedOnPreviousValue: true\n    timeout: 1000ms";
    let (flaky, gateway) = start("s5", filters).await;
    let response = gateway.get("/httpbin/retry?key=timeout&count=3").await;
    assert_eq!(
        (response.status(), text(&response)),
        (StatusCode::INTERNAL_SERVER_ERROR, "temporarily broken")
    );
    assert_eq!(flaky.count("timeout"), 2);
}

#[tokio::test]
async fn s7_a_post_gets_its_body_at_every_attempt() {
    let (flaky, gateway) = start("s7", "- name: Retry\n  args:\n    methods: GET,POST").await;
    let response = gateway.post("/httpbin/retrypost?key=post&expectedbody=HelloConfig", "HelloConfig").await;
    assert_eq!((response.status(), text(&response)), (StatusCode::OK, "3"));
    assert_eq!(flaky.count("post"), 3);
}

#[tokio::test]
async fn s9_a_success_passes_once() {
    let (flaky, gateway) = start("s9", "- name: Retry\n  args:\n    methods: GET,POST").await;
    let response = gateway.post("/httpbin/retrypost?key=once&count=1&expectedbody=Hello", "Hello").await;
    assert_eq!((response.status(), text(&response)), (StatusCode::OK, "1"));
    assert_eq!(flaky.count("once"), 1);
}

#[tokio::test]
async fn s10_a_missing_response_is_retried_and_ends_in_504() {
    let (flaky, gateway) = start_within("s10", GET_AND_POST, "300ms").await;
    let response = gateway.get("/httpbin/sleep?key=sleepy&millis=2000").await;
    assert_eq!(response.status(), StatusCode::GATEWAY_TIMEOUT);
    assert_eq!(flaky.count("sleepy"), 3);
}

#[tokio::test]
async fn s11_s12_a_missing_response_to_a_post_is_not_retried_by_a_get_only_filter() {
    let (flaky, gateway) = start_within("s11", GET_ONLY, "300ms").await;
    for (key, body) in [("empty", ""), ("full", "a body")] {
        let response = gateway.post(&format!("/httpbin/sleep?key={key}&millis=2000"), body).await;
        assert_eq!(response.status(), StatusCode::GATEWAY_TIMEOUT);
        assert_eq!(flaky.count(key), 1);
    }
}

#[tokio::test]
async fn s13_a_missing_response_to_a_get_is_retried_by_a_get_only_filter() {
    let (flaky, gateway) = start_within("s13", GET_ONLY, "300ms").await;
    let response = gateway.get("/httpbin/sleep?key=sleepy&millis=2000").await;
    assert_eq!(response.status(), StatusCode::GATEWAY_TIMEOUT);
    assert_eq!(flaky.count("sleepy"), 3);
}

#[tokio::test]
async fn s15_a_series_is_retried() {
    let filters = "- name: Retry\n  args:\n    retries: 2\n    series: CLIENT_ERROR";
    let (flaky, gateway) = start("s15", filters).await;
    let response = gateway.get("/httpbin/retry?key=series&failStatus=404").await;
    assert_eq!((response.status(), text(&response)), (StatusCode::OK, "3"));
    let response = gateway.get("/httpbin/retry?key=other&failStatus=503").await;
    assert_eq!(response.status(), StatusCode::SERVICE_UNAVAILABLE, "a list replaces its default");
    assert_eq!((flaky.count("series"), flaky.count("other")), (3, 1));
}

/// A constant 270 ms between attempts and practically no limit to their number.
const EVERY_270_MS: &str = "- name: Retry\n  args:\n    retries: 1000\n    methods: POST\n    backoff:\n      \
                           firstBackoff: 270ms\n      maxBackoff: 270ms";

fn hello() -> Received {
    Received { method: Method::POST, uri: "/echo?q=a%20b".to_owned(), body: "hello".into() }
}

#[tokio::test]
async fn g3_a_client_that_gives_up_has_seen_whole_requests_sent() {
    let recorder = Arc::<Recorder>::default();
    let upstream = recorder.start(|_| Reply::Status(502, "bad gateway")).await;
    let gateway = Gateway::start("g3", upstream, EVERY_270_MS).await;
    let call = gateway.send(Method::POST, "/echo?q=a%20b", "hello");
    assert!(within(ms(900), call).await.is_none(), "502 for ever cannot end in a response");
    let received = recorder.received();
    assert!((2..=4).contains(&received.len()), "{received:?}");
    assert!(received.iter().all(|request| *request == hello()), "{received:?}");
    // No attempt starts once the client is gone.
    let _ = within(ms(600), std::future::pending::<()>()).await;
    assert!(recorder.received().len() <= received.len() + 1, "at most the one that was under way");
}

#[tokio::test]
async fn g4_a_reset_connection_is_tried_again() {
    let (upstream, connections) = resetting().await;
    let gateway = Gateway::start("g4", upstream, EVERY_270_MS).await;
    let call = gateway.send(Method::POST, "/echo", "hello");
    assert!(within(ms(900), call).await.is_none(), "resets for ever cannot end in a response");
    let count = *connections.lock().unwrap();
    assert!((2..=4).contains(&count), "{count} connections");
}

#[tokio::test]
async fn g5_the_fourth_attempt_succeeds_with_the_body_intact() {
    let recorder = Arc::<Recorder>::default();
    let upstream = recorder
        .start(
            |number| {
                if number <= 3 { Reply::Status(502, "bad gateway") } else { Reply::Status(200, "world") }
            },
        )
        .await;
    let gateway = Gateway::start("g5", upstream, EVERY_270_MS).await;
    let response = gateway.post("/echo?q=a%20b", "hello").await;
    assert_eq!((response.status(), text(&response)), (StatusCode::OK, "world"));
    assert_eq!(recorder.received(), vec![hello(); 4]);
}

#[tokio::test]
async fn g9_resets_then_a_502_then_a_success_are_one_response() {
    let recorder = Arc::<Recorder>::default();
    let reply = |number| match number {
        1..=3 => Reply::Cut,
        4 => Reply::Status(502, "bad gateway"),
        _ => Reply::Status(200, "hello"),
    };
    let upstream = recorder.start(reply).await;
    let gateway = Gateway::start("g9", upstream, EVERY_270_MS).await;
    let response = gateway.post("/echo?q=a%20b", "hello").await;
    assert_eq!((response.status(), text(&response)), (StatusCode::OK, "hello"));
    assert_eq!(recorder.received(), vec![hello(); 5]);
}

#[tokio::test]
async fn a_body_over_the_limit_goes_through_and_is_not_retried() {
    let recorder = Arc::<Recorder>::default();
    let upstream = recorder.start(|_| Reply::Status(500, "no")).await;
    let gateway = Gateway::start("large", upstream, "- name: Retry\n  args:\n    methods: POST").await;
    let (fits, too_large) = (&*"x".repeat(64 * 1024).leak(), &*"x".repeat(64 * 1024 + 1).leak());
    for (body, attempts) in [(fits, 4), (too_large, 1)] {
        let before = recorder.received().len();
        let response = gateway.post("/upload", body).await;
        assert_eq!((response.status(), text(&response)), (StatusCode::INTERNAL_SERVER_ERROR, "no"));
        let received = recorder.received().split_off(before);
        assert_eq!(received.len(), attempts);
        assert!(received.iter().all(|request| request.body == body), "every attempt got the whole body");
    }
}

#[tokio::test]
async fn an_upstream_that_is_not_there_ends_in_502() {
    let (_held, closed) = closed();
    let gateway = Gateway::start("refused", closed, GET_ONLY).await;
    assert_eq!(gateway.get("/").await.status(), StatusCode::BAD_GATEWAY);
}

#[tokio::test]
async fn a_request_that_no_route_matches_ends_in_404() {
    let gateway = Gateway::start("elsewhere", "127.0.0.1:9".parse().unwrap(), "- Retry").await;
    let request =
        http::Request::get(format!("http://{}/", gateway.address)).body(http_body_util::Full::default());
    let response = crate::support::client().request(request.unwrap()).await.expect("the gateway answers");
    assert_eq!(response.status(), StatusCode::NOT_FOUND);
}
