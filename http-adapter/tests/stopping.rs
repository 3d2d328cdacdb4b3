//! A signal that ends the retries: a gateway that shuts down starts no attempt, and gives back what it has.

use std::sync::{Arc, Mutex};

use bytes::Bytes;
use http::Request;
use http_body_util::Full;
use persevere::{Decision, Reason};
use persevere_http::{Explanation, RetryFilter, RetryLayer};
use tokio::sync::watch;
use tower::{Layer, ServiceExt};

use crate::scripted::{Reset, Status, Upstream};
use crate::support::{ms, within};

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
        let before = tokio::time::Instant::now();
        match call.await {
            Ok(response) => {
                assert_eq!((response.status().as_u16(), response.body().as_str()), (503, "as it came"));
                assert_eq!(Explanation::of(&response).reason, Reason::Stopped);
            }
            Err(error) => assert_eq!(error.to_string(), "reset"),
        }
        assert_eq!((before.elapsed(), upstream.attempts()), (ms(0), 1));
        let stopped = [Decision::Retry(ms(100_000)), Decision::Stop(Reason::Stopped)];
        assert_eq!(*decisions.lock().unwrap(), stopped);
    }
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
