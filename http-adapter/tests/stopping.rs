//! A signal that ends the retries: a gateway that shuts down starts no attempt, and gives back what it has.

use std::sync::{Arc, Mutex};

use bytes::Bytes;
use http::{Request, Response};
use http_body_util::{BodyExt, Full};
use persevere::{Decision, Reason, Timer};
use persevere_http::{Explanation, ReplayBody, RetryFilter, RetryLayer};
use tokio::sync::watch;
use tower::{Layer, ServiceExt};

use crate::scripted::{Reset, Status, Upstream};
use test_servers::{ms, within};

/// A filter that waits 100 s between attempts, until it is told to stop; it notes its decisions.
fn filter(told: &watch::Receiver<bool>, decisions: &Arc<Mutex<Vec<Decision>>>) -> RetryFilter {
    let (told, decisions) = (told.clone(), Arc::clone(decisions));
    let builder = RetryFilter::gateway().backoff(persevere::constant(ms(100_000)));
    let builder = builder.observe(move |event| decisions.lock().unwrap().push(event.decision));
    let signal = move || {
        let mut told = told.clone();
        async move { drop(told.wait_for(|stop| *stop).await) }
    };
    builder.stop_on(signal).build().expect("within bounds")
}

#[tokio::test(start_paused = true)]
async fn a_wait_ends_at_once_and_the_last_outcome_comes_back() {
    for answer in [Status(503), Reset] {
        let (tell, told) = watch::channel(false);
        let decisions = Arc::default();
        let upstream = Upstream::new(&[answer]);
        let service = RetryLayer::new(filter(&told, &decisions)).layer(upstream.clone());
        let mut call = std::pin::pin!(service.oneshot(Request::new(Full::<Bytes>::default())));
        assert!(within(ms(99_000), call.as_mut()).await.is_none(), "it waits");
        tell.send(true).expect("it is waited for");
        let before = persevere::Tokio.now();
        match call.await {
            Ok(response) => {
                assert_eq!((response.status().as_u16(), response.body().as_str()), (503, "as it came"));
                let told = Explanation::of(&response);
                assert_eq!((told.reason, told.attempts, told.slept), (Reason::Stopped, 1, ms(0)));
            }
            Err(error) => assert_eq!(error.to_string(), "reset"),
        }
        assert_eq!((persevere::Tokio.now().since(before), upstream.attempts()), (ms(0), 1));
        let stopped = [Decision::Retry(ms(100_000)), Decision::Stop(Reason::Stopped)];
        assert_eq!(*decisions.lock().unwrap(), stopped);
    }
}

/// An early response may come back while its upload still goes on.
#[tokio::test(start_paused = true)]
async fn the_response_that_comes_back_keeps_its_upload() {
    let (tell, told) = watch::channel(false);
    let kept = Arc::<Mutex<Option<ReplayBody<Full<Bytes>>>>>::default();
    let keeping = Arc::clone(&kept);
    let early = tower::service_fn(move |request: Request<ReplayBody<Full<Bytes>>>| {
        *keeping.lock().unwrap() = Some(request.into_body());
        std::future::ready(Response::builder().status(503).body(String::new()))
    });
    let service = RetryLayer::new(filter(&told, &Arc::default())).layer(early);
    let request = Request::put("/").body(Full::<Bytes>::from("the whole")).expect("valid");
    let mut call = std::pin::pin!(service.oneshot(request));
    assert!(within(ms(1_000), call.as_mut()).await.is_none(), "it waits");
    tell.send(true).expect("it is waited for");
    assert_eq!(call.await.expect("answered").status().as_u16(), 503);
    let body = kept.lock().unwrap().take().expect("it was sent");
    assert_eq!(body.collect().await.expect("nobody took it").to_bytes(), "the whole");
}

/// What the early attempt has read during the wait beyond what is kept cannot be sent again.
#[tokio::test(start_paused = true)]
async fn a_body_that_is_gone_after_the_wait_brings_the_response_back() {
    let (_tell, told) = watch::channel(false);
    let early = tower::service_fn(move |request: Request<ReplayBody<Full<Bytes>>>| {
        tokio::spawn(async move {
            let _ = within(ms(1_000), std::future::pending::<()>()).await;
            let _ = request.into_body().collect().await;
        });
        std::future::ready(Response::builder().status(503).body("early".to_owned()))
    });
    let filter = filter(&told, &Arc::default()).into_builder().body_limit(4).build().expect("within bounds");
    let request = Request::put("/").body(Full::<Bytes>::from("the whole")).expect("valid");
    let response = RetryLayer::new(filter).layer(early).oneshot(request).await.expect("answered");
    assert_eq!(
        (response.body().as_str(), Explanation::of(&response).reason),
        ("early", Reason::NotRepeatable)
    );
}

#[tokio::test(start_paused = true)]
async fn once_the_signal_has_come_the_first_attempt_is_the_last() {
    let (tell, told) = watch::channel(false);
    tell.send(true).expect("it is waited for");
    for (answer, reason) in [(Status(503), Reason::Stopped), (Status(200), Reason::Accepted)] {
        let decisions = Arc::default();
        let upstream = Upstream::new(&[answer]);
        let service = RetryLayer::new(filter(&told, &decisions)).layer(upstream.clone());
        let response = service.oneshot(Request::new(Full::<Bytes>::default())).await.expect("answered");
        assert_eq!((response.body().as_str(), upstream.attempts()), ("as it came", 1));
        assert_eq!(*decisions.lock().unwrap(), [Decision::Stop(reason)]);
    }
}

#[tokio::test(start_paused = true)]
async fn a_signal_that_does_not_come_changes_nothing() {
    let (_tell, told) = watch::channel(false);
    let decisions = Arc::default();
    let upstream = Upstream::new(&[Status(503), Reset, Status(200)]);
    let service = RetryLayer::new(filter(&told, &decisions)).layer(upstream.clone());
    let response = service.oneshot(Request::new(Full::<Bytes>::default())).await.expect("answered");
    assert_eq!((response.status().as_u16(), upstream.attempts()), (200, 3));
    assert_eq!(decisions.lock().unwrap().len(), 3);
}
