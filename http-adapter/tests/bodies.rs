//! Bodies, connections and headers over real connections: nothing is cut, nothing is left behind.

use std::future::ready;
use std::net::SocketAddr;
use std::sync::Arc;

use bytes::Bytes;
use http::{HeaderMap, HeaderName, HeaderValue, Request, Response, StatusCode};
use http_body_util::{BodyExt, Full};
use hyper::body::Incoming;
use persevere::{Reason, Unlimited};
use persevere_http::{
    Explanation, ReplayPool, RetryFilter, RetryFilterBuilder, RetryLayer, RetryService, Row,
};
use tower::{Layer, Service, ServiceExt};

use crate::clients::{Channel, Chunks, HttpClient, client, content};
use test_servers::script::{Act, Script, h2, request::hash};
use test_servers::{ms, within};

const CAP: usize = 4_000;

fn filter() -> RetryFilterBuilder {
    RetryFilter::gateway().backoff(persevere::constant(ms(0))).body_limit(CAP).budget(Unlimited)
}

type Retrying = RetryService<HttpClient<Chunks>>;

fn service(filter: RetryFilterBuilder, is_h2: bool) -> Retrying {
    RetryLayer::new(filter.build().expect("within bounds")).layer(client(is_h2))
}

fn put(address: SocketAddr, body: usize, is_chunked: bool) -> Request<Chunks> {
    let request = Request::put(format!("http://{address}/")).header("x-attempt-count", "forged");
    request.body(Chunks::new(body, is_chunked)).expect("a valid request")
}

async fn send(service: &mut Retrying, request: Request<Chunks>) -> Option<Response<Incoming>> {
    let call = service.ready().await.expect("always ready").call(request);
    within(ms(10_000), call).await.expect("it ends").ok()
}

#[tokio::test]
async fn every_attempt_gets_the_whole_body_or_there_is_none() {
    for length in [0, 1, CAP - 1, CAP, CAP + 1, 10 * CAP] {
        for is_chunked in [false, true] {
            let half = length / 2;
            let cut = [Act::ClosePart(0), Act::ClosePart(half), Act::Close];
            let early = [Act::Early(503), Act::Part(half, 503), Act::Answer(503)];
            for act in cut.into_iter().chain(early) {
                let pool = ReplayPool::new(1 << 20);
                let script = Script::new([act]);
                let address = script.start().await;
                let mut service = service(filter().replay_pool(pool.clone()), false);
                let response = send(&mut service, put(address, length, is_chunked)).await;
                let context = format!("{length} bytes, chunked {is_chunked}, {act:?}");
                let received = script.received();
                for one in received.iter().filter(|one| one.is_complete) {
                    assert_eq!((one.length, one.hash), (length, hash(&content(length))), "{context}");
                }
                let attempts = received.iter().filter(|one| !one.is_late).count();
                let status = response.map(|response| response.status());
                if length <= CAP {
                    assert_eq!((attempts, status), (2, Some(StatusCode::OK)), "{context}");
                } else {
                    // An upstream may fail before anything of the body was asked for: then it can be sent again.
                    let was_read = matches!(act, Act::Close | Act::Answer(_));
                    let is_again = attempts == 2 && status == Some(StatusCode::OK) && !was_read;
                    assert!(attempts == 1 || is_again, "{context}: {received:?}");
                }
                drop(service);
                let _ = within(ms(2_000), async {
                    while pool.in_use() > 0 {
                        tokio::task::yield_now().await;
                    }
                })
                .await;
                assert_eq!(pool.in_use(), 0, "{context}");
            }
        }
    }
}

#[tokio::test]
async fn the_connection_of_an_abandoned_upload_carries_no_other_request() {
    // The early answer keeps its connection open: whoever sends on it sends into the middle of a body.
    let script = Script::new([Act::Early(503)]);
    let address = script.start().await;
    let mut service = RetryLayer::new(filter().build().expect("within bounds")).layer(client(false));
    for number in 1..=2 {
        let (chunks, body) = Channel::new();
        chunks.send("first ".into()).expect("the body is there");
        let request = Request::put(format!("http://{address}/")).body(body).expect("a valid request");
        let call = service.ready().await.expect("always ready").call(request);
        let rest = async {
            // The rest comes when the second attempt has the body.
            while script.connections() < 2 {
                tokio::task::yield_now().await;
            }
            chunks.send("and the rest".into()).expect("somebody reads");
            drop(chunks);
        };
        let (response, ()) = tokio::join!(call, rest);
        let response = response.expect("answered");
        assert_eq!(response.status(), StatusCode::OK, "request {number}");
        let _ = response.into_body().collect().await;
    }
    let received = script.received();
    let on_the_first: Vec<_> = received.iter().filter(|one| one.connection == 1).collect();
    assert!(on_the_first.iter().all(|one| !one.is_complete), "{on_the_first:?}");
    let whole: Vec<_> = received.iter().filter(|one| one.is_complete).map(|one| one.hash).collect();
    assert_eq!(whole, [hash(b"first and the rest"); 2]);
    let closed = within(ms(5_000), async {
        while script.open() > 1 {
            tokio::task::yield_now().await;
        }
    });
    assert!(closed.await.is_some(), "the abandoned connection is still open");
}

#[tokio::test]
async fn http2_answers_before_the_upload_was_read_are_retried_with_the_whole_body() {
    let script = h2::Script::new([h2::Act::Early(503)]);
    let address = script.start().await;
    let mut service = service(filter(), true);
    let response = send(&mut service, put(address, CAP, true)).await.expect("answered");
    assert_eq!(response.status(), StatusCode::OK);
    assert_eq!(script.bodies(), [content(CAP)]);
    assert_eq!(script.connections(), 1, "a stream that is reset leaves its connection alone");
}

/// linkerd: uploads that were given up kept their share of the connection's window, until nothing could be sent on it.
#[tokio::test]
async fn uploads_that_were_given_up_leave_a_connection_of_http2_usable() {
    const REQUESTS: usize = 40; // two and a half windows of 64 KiB
    let acts = std::iter::repeat_n([h2::Act::Early(503), h2::Act::Answer(200)], REQUESTS).flatten();
    let script = h2::Script::new(acts);
    let address = script.start().await;
    let mut service = service(filter(), true);
    for _ in 0..REQUESTS {
        let response = send(&mut service, put(address, CAP, true)).await.expect("answered");
        assert_eq!((response.status(), Explanation::of(&response).attempts), (StatusCode::OK, 2));
    }
    assert_eq!((script.bodies().len(), script.connections()), (REQUESTS, 1));
}

#[tokio::test]
async fn trailers_go_with_every_attempt() {
    let script = h2::Script::new([h2::Act::Answer(503)]);
    let address = script.start().await;
    let trailers =
        HeaderMap::from_iter([(HeaderName::from_static("x-checksum"), HeaderValue::from_static("7"))]);
    let body = Full::<Bytes>::from("a body").with_trailers(ready(Some(Ok(trailers.clone()))));
    let request = Request::put(format!("http://{address}/")).body(body).expect("a valid request");
    let service = RetryLayer::new(filter().build().expect("within bounds")).layer(client(true));
    let response = service.oneshot(request).await.expect("answered");
    assert_eq!((response.status(), Explanation::of(&response).attempts), (StatusCode::OK, 2));
    assert_eq!((script.bodies(), script.trailers()), (vec![b"a body".to_vec(); 2], vec![trailers; 2]));
}

#[tokio::test]
async fn discarded_responses_leave_their_connections_for_the_next_attempt() {
    // The body comes once the retry is decided on: a response that is dropped until then takes the connection along.
    let acts = (0..30).map(|number| if number % 3 == 2 { Act::Answer(200) } else { Act::Slow(503) });
    let script = Script::new(acts);
    let address = script.start().await;
    let told = Arc::clone(&script);
    let patient = filter().drain(4096, ms(5_000)); // a machine under load may take longer than the default
    let mut service = service(patient.on_retry(move |_| told.go_on()), false);
    for _ in 0..10 {
        let response = send(&mut service, put(address, 10, false)).await.expect("answered");
        assert_eq!(response.status(), StatusCode::OK);
        assert_eq!(Explanation::of(&response).attempts, 3);
        let _ = response.into_body().collect().await;
    }
    assert_eq!(script.connections(), 1);
}

#[tokio::test]
async fn a_discarded_response_without_end_holds_nobody_up() {
    for (act, bytes, time) in [
        (Act::Endless(503), 4096, ms(5_000)),
        (Act::Unfinished(503), 4096, ms(20)),
        (Act::Unfinished(503), 0, ms(5_000)),
    ] {
        let script = Script::new([act]);
        let address = script.start().await;
        let mut service = service(filter().drain(bytes, time), false);
        let response = within(ms(4_500), send(&mut service, put(address, 10, false))).await;
        let response = response.expect("in time").expect("answered");
        assert_eq!((response.status(), Explanation::of(&response).attempts), (StatusCode::OK, 2));
        assert_eq!(script.connections(), 2, "what was not read to its end is not used again");
    }
}

#[tokio::test]
async fn a_wait_beyond_the_ceiling_brings_the_response_back_at_once() {
    let script = Script::new([Act::Answer(503)]).with_headers("retry-after: 31\r\n");
    let address = script.start().await;
    let mut service = service(filter().explain(true), false);
    let response = send(&mut service, put(address, 10, false)).await.expect("answered");
    assert_eq!(response.status(), StatusCode::SERVICE_UNAVAILABLE);
    let explanation = Explanation::of(&response);
    assert_eq!((explanation.reason, explanation.row), (Reason::HintTooLong, Some(Row::Status)));
    assert_eq!(response.headers()["x-retry"], "attempts=1; slept=0; reason=hint_too_long; row=14");
    assert_eq!(script.received().len(), 1);
}

#[tokio::test]
async fn attempts_are_announced_when_asked_for_and_never_believed() {
    for announce in [true, false] {
        let script = Script::new([Act::Answer(503)]);
        let address = script.start().await;
        let timeout = std::time::Duration::from_secs(60);
        let mut service = service(filter().announce(announce).timeout(timeout), false);
        send(&mut service, put(address, 10, false)).await.expect("answered");
        let received = script.received();
        let counts: Vec<_> = received.iter().map(|one| one.header("x-attempt-count")).collect();
        let left =
            received[1].header("x-attempt-remaining-ms").map(|left| left.parse::<u64>().expect("a number"));
        if announce {
            assert_eq!(counts, [Some("1"), Some("2")]);
            assert!(left.is_some_and(|left| left > 50_000 && left <= 60_000), "{left:?}");
        } else {
            assert_eq!((counts, left), (vec![Some("forged"); 2], None));
        }
    }
}

#[tokio::test]
async fn a_request_that_is_never_sent_again_is_announced_as_the_first() {
    let script = Script::new([]);
    let address = script.start().await;
    let filter = RetryFilter::spring().announce(true).build().expect("within bounds");
    let mut service = RetryLayer::new(filter).layer(client(false));
    send(&mut service, put(address, 10, false)).await.expect("answered");
    assert_eq!(script.received()[0].header("x-attempt-count"), Some("1"));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_thousand_retried_requests_leave_nothing_behind() {
    let pool = ReplayPool::new(1 << 20);
    let acts = || (0..1_000).map(|number| Act::Answer(if number % 2 == 0 { 503 } else { 200 }));
    let scripts = [(); 2].map(|()| Script::new(acts()));
    let service = service(filter().replay_pool(pool.clone()), false);
    let mut calls = tokio::task::JoinSet::new();
    for script in &scripts {
        let (address, mut service) = (script.start().await, service.clone());
        calls.spawn(async move {
            for _ in 0..500 {
                let response = send(&mut service, put(address, CAP, true)).await.expect("answered");
                assert_eq!((response.status(), Explanation::of(&response).attempts), (StatusCode::OK, 2));
                response.into_body().collect().await.expect("arrives");
            }
        });
    }
    while let Some(ended) = calls.join_next().await {
        ended.expect("every request is answered");
    }
    for script in &scripts {
        assert_eq!((script.received().len(), script.connections()), (1_000, 1));
    }
    drop(service);
    let left = || (scripts.each_ref().map(|script| script.open()), pool.in_use());
    let nothing_left = within(ms(5_000), async {
        while left() != ([0; 2], 0) {
            tokio::task::yield_now().await;
        }
    });
    assert!(nothing_left.await.is_some(), "connections and bytes: {:?}", left());
}
