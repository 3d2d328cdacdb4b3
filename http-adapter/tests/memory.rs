//! What requests take of the memory: counted by the allocator, for everything that happens on the thread of the test.

use std::convert::Infallible;
use std::pin::Pin;
use std::sync::{Arc, Mutex};
use std::task::{Context, Poll};

use allocation_counter::{AllocationInfo, measure};
use bytes::Bytes;
use http::{Method, Request, Response};
use http_body::{Body, Frame};
use http_body_util::{BodyExt, Full};
use persevere_http::{Explanation, ReplayBody, ReplayPool, RetryFilter, RetryFilterBuilder, RetryLayer, Row};
use tokio::sync::{Barrier, Semaphore};
use tower::{Layer, Service};

use crate::clients::{Chunks, client, content};
use test_servers::script::{Act, Script, request::hash};
use test_servers::{ms, within};

const KIB: usize = 1024;

/// A body of so many bytes that come into being as they are read, of unknown length.
#[derive(Debug)]
struct Stream(usize);

impl Body for Stream {
    type Data = Bytes;
    type Error = Infallible;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        _: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, Infallible>>> {
        let length = self.0.min(16 * KIB);
        self.0 -= length;
        Poll::Ready((length > 0).then(|| Ok(Frame::data(vec![7; length].into()))))
    }
}

/// What happens on this thread while the future runs to its end.
fn measured<F: Future>(future: F) -> (F::Output, AllocationInfo) {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_time().start_paused(true).build();
    let runtime = runtime.expect("a runtime");
    let mut output = None;
    let info = measure(|| output = Some(runtime.block_on(future)));
    (output.expect("it has run"), info)
}

/// The high-water mark of an upload through `filter` to a service that reads it all, as often as it is tried.
fn high_water(filter: RetryFilterBuilder, method: Method, length: usize) -> u64 {
    let reading = tower::service_fn(|request: Request<ReplayBody<Stream>>| async move {
        let (mut body, mut read) = (request.into_body(), 0);
        while let Some(frame) = body.frame().await {
            read += frame.expect("it does not fail").data_ref().expect("data").len();
        }
        Ok::<_, Infallible>(Response::new(read.to_string()))
    });
    let mut service = RetryLayer::new(filter.build().expect("within bounds")).layer(reading);
    let request = Request::builder().method(method).body(Stream(length)).expect("valid");
    let (response, info) = measured(async move { service.call(request).await.expect("infallible") });
    assert_eq!(*response.body(), length.to_string());
    info.bytes_max
}

const UPLOAD: usize = 8 * KIB * KIB;

/// Spring Cloud Gateway: a body of 500 MB took 2 GB, though its method was not even retried.
#[test]
fn an_upload_that_is_never_retried_keeps_nothing() {
    let taken = high_water(RetryFilter::spring().body_limit(usize::MAX), Method::POST, UPLOAD);
    assert!(taken < 64 * 1024, "{taken} bytes");
}

#[test]
fn a_large_upload_keeps_no_more_than_its_limit() {
    let taken = high_water(RetryFilter::gateway().body_limit(256 * KIB), Method::PUT, UPLOAD);
    assert!(taken > 256 * 1024 && taken < (256 + 64) * 1024, "{taken} bytes");
}

#[test]
fn an_upload_keeps_no_more_than_there_is_in_its_pool() {
    let pool = ReplayPool::new(100 * KIB);
    let filter = RetryFilter::gateway().body_limit(usize::MAX).replay_pool(pool.clone());
    let taken = high_water(filter, Method::PUT, UPLOAD);
    assert!(taken < (100 + 64) * 1024, "{taken} bytes");
    assert_eq!(pool.in_use(), 0);
}

#[test]
fn the_last_attempt_of_an_upload_frees_what_it_has_sent() {
    let pool = ReplayPool::new(usize::MAX);
    let seen = Arc::new(Mutex::new(Vec::new()));
    let (noted, inside) = (Arc::clone(&seen), pool.clone());
    let failing = tower::service_fn(move |request: Request<ReplayBody<Stream>>| {
        let (noted, pool) = (Arc::clone(&noted), inside.clone());
        async move {
            let mut body = request.into_body();
            while body.frame().await.is_some() {}
            noted.lock().unwrap().push(pool.in_use());
            Ok::<_, Infallible>(Response::builder().status(503).body(String::new()).expect("valid"))
        }
    });
    let filter = RetryFilter::gateway().retries(2).body_limit(1024 * KIB).replay_pool(pool.clone());
    let mut service = RetryLayer::new(filter.build().expect("within bounds")).layer(failing);
    let request = Request::put("/").body(Stream(64 * KIB)).expect("valid");
    measured(async move { service.call(request).await.expect("infallible") });
    assert_eq!(*seen.lock().unwrap(), [64 * KIB, 64 * KIB, 0]);
    assert_eq!(pool.in_use(), 0);
}

#[test]
fn two_hundred_uploads_that_wait_keep_no_more_than_there_is_in_their_pool() {
    let pool = ReplayPool::new(1024 * KIB);
    let (arrived, go_on) = (Arc::new(Barrier::new(201)), Arc::new(Semaphore::new(0)));
    let (wait, gate) = (Arc::clone(&arrived), Arc::clone(&go_on));
    // Reads half of each upload, waits until all are there, and reads the rest.
    let halting = tower::service_fn(move |request: Request<ReplayBody<Stream>>| {
        let (wait, gate) = (Arc::clone(&wait), Arc::clone(&gate));
        async move {
            let (mut body, mut read) = (request.into_body(), 0);
            while let Some(frame) = body.frame().await {
                read += frame.expect("it does not fail").data_ref().expect("data").len();
                if read == 32 * KIB {
                    wait.wait().await;
                    gate.acquire().await.expect("it stays open").forget();
                }
            }
            Ok::<_, Infallible>(Response::new(read.to_string()))
        }
    });
    let filter = RetryFilter::gateway().replay_pool(pool.clone()).build().expect("within bounds");
    let layer = RetryLayer::new(filter);
    let (in_use, info) = measured(async {
        let mut calls = tokio::task::JoinSet::new();
        for _ in 0..200 {
            let mut service = layer.layer(halting.clone());
            calls.spawn(async move {
                let request = Request::put("/").body(Stream(48 * KIB)).expect("valid");
                service.call(request).await.expect("infallible").into_body()
            });
        }
        arrived.wait().await;
        let in_use = pool.in_use();
        go_on.add_permits(200);
        while let Some(read) = calls.join_next().await {
            assert_eq!(read.expect("no panic"), (48 * KIB).to_string());
        }
        in_use
    });
    // Of 200 bodies of 32 KiB, as many are kept as fit.
    assert_eq!((in_use, pool.in_use()), (1024 * KIB, 0));
    let overhead = 200 * 4096;
    assert!(info.bytes_max < 1024 * 1024 + overhead, "{} bytes", info.bytes_max);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn two_hundred_uploads_over_connections_stay_within_their_pool_and_arrive_whole() {
    const LENGTH: usize = 40_000;
    let pool = ReplayPool::new(1_000_000);
    let script = Script::new([Act::Answer(503); 200]);
    let address = script.start().await;
    let filter = RetryFilter::gateway().backoff(persevere::constant(ms(0))).replay_pool(pool.clone());
    let service = RetryLayer::new(filter.budget(persevere::Unlimited).build().expect("within bounds"))
        .layer(client(false));
    let mut calls = tokio::task::JoinSet::new();
    for _ in 0..200 {
        let mut service = service.clone();
        calls.spawn(async move {
            let request = Request::put(format!("http://{address}/")).body(Chunks::new(LENGTH, true));
            let response = service.call(request.expect("valid")).await.expect("answered");
            (response.status().as_u16(), Explanation::of(&response).row)
        });
    }
    let mut ended = Vec::new();
    while let Some(call) = calls.join_next().await {
        assert!(pool.in_use() <= pool.capacity(), "{} bytes", pool.in_use());
        ended.push(call.expect("no panic"));
    }
    // Only who found no room has its 503 back; there was room for twenty-five at least.
    let is_right = |&(status, row)| status == 200 || (status, row) == (503, Some(Row::NotReplayable));
    assert!(ended.len() == 200 && ended.iter().all(is_right), "{ended:?}");
    assert!(ended.iter().filter(|(status, _)| *status == 200).count() >= 25, "{ended:?}");
    let received = script.received();
    assert!(received.iter().all(|one| one.is_complete && one.hash == hash(&content(LENGTH))));
    let all_back = within(ms(5_000), async {
        while pool.in_use() > 0 {
            tokio::task::yield_now().await;
        }
    });
    assert!(all_back.await.is_some(), "{} bytes are still taken", pool.in_use());
}

/// How often a call through `filter` allocates beyond the service inside, at a success at once.
fn allocations(filter: RetryFilter, request: impl Fn() -> Request<Full<Bytes>>) -> u64 {
    fn answer<B>(_: Request<B>) -> std::future::Ready<Result<Response<String>, Infallible>> {
        std::future::ready(Ok(Response::new(String::new())))
    }
    let layer = RetryLayer::new(filter);
    let plain = request();
    let (_, bare) = measured(async { tower::service_fn(answer).call(plain).await });
    let mut service = layer.layer(tower::service_fn(answer));
    let through = request();
    let (_, counted) = measured(async { service.call(through).await });
    counted.count_total - bare.count_total
}

#[test]
fn a_request_that_is_never_retried_allocates_nothing() {
    let filter = || RetryFilter::spring().build().expect("the defaults");
    for body in ["", "a body"] {
        let request = || Request::post("/a?b").header("x-a", "1").body(Full::from(body)).expect("valid");
        assert_eq!(allocations(filter(), request), 0, "{body}");
    }
}

#[test]
fn a_request_that_may_be_retried_allocates_what_another_attempt_would_need() {
    let filter = || RetryFilter::gateway().build().expect("the defaults");
    let request = |body: &'static str| move || Request::put("/a?b").body(Full::from(body)).expect("valid");
    let without = allocations(filter(), request(""));
    let with = allocations(filter(), request("a body"));
    assert!(without <= 4, "the attempt among the extensions, and a URI that is shared: {without}");
    assert!(with <= without + 1, "one shared state: {with}");
}
