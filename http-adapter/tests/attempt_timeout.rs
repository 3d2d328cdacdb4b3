//! The time of each attempt, in virtual time: what is cut, what is spared, and what the deadline cuts.

use std::convert::Infallible;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use bytes::Bytes;
use http::{Method, Request, Response};
use http_body_util::Full;
use persevere::Timer;
use persevere_http::service::AttemptError;
use persevere_http::{
    AttemptTimeoutLayer, Explanation, HeadTimeout, LastAttempt, ReplayBody, RetryFilter, RetryLayer,
    TransportFailure,
};
use tower::{Layer, ServiceExt};

use test_servers::ms;

type Outcome = Result<Response<String>, AttemptError<Infallible>>;

/// Sends one request to a service that takes this long for each attempt; how it ended, and when the attempts began.
async fn send(
    layer: AttemptTimeoutLayer,
    filter: RetryFilter,
    method: Method,
    takes: &[Duration],
) -> (Outcome, Vec<Duration>) {
    let start = persevere::Tokio.now();
    let began = Arc::<Mutex<Vec<_>>>::default();
    let (noted, takes) = (Arc::clone(&began), takes.to_vec());
    let upstream = tower::service_fn(move |_: Request<ReplayBody<Full<Bytes>>>| {
        let mut noted = noted.lock().unwrap();
        let time = takes[noted.len()];
        noted.push(persevere::Tokio.now().since(start));
        async move {
            persevere::Tokio.sleep(time).await;
            Ok::<_, Infallible>(Response::new("in time".to_owned()))
        }
    });
    let request = Request::builder().method(method).body(Full::default()).expect("valid");
    let outcome = RetryLayer::new(filter).layer(layer.layer(upstream)).oneshot(request).await;
    let began = began.lock().unwrap().clone();
    (outcome, began)
}

fn gateway(timeout: Option<Duration>) -> RetryFilter {
    let filter = RetryFilter::gateway().retries(2).backoff(persevere::constant(ms(10)));
    timeout
        .into_iter()
        .fold(filter, persevere_http::RetryFilterBuilder::timeout)
        .build()
        .expect("within bounds")
}

const SLOW: Duration = ms(3_600_000);

#[tokio::test(start_paused = true)]
async fn a_late_attempt_is_cut_and_followed_by_the_next() {
    let layer = AttemptTimeoutLayer::new(ms(100));
    let (outcome, began) = send(layer, gateway(None), Method::GET, &[SLOW, ms(101), ms(99)]).await;
    assert_eq!(Explanation::of(&outcome.expect("in time")).attempts, 3);
    assert_eq!(began, [ms(0), ms(110), ms(220)]);
}

#[tokio::test(start_paused = true)]
async fn the_last_attempt_is_cut_like_the_others_unless_it_is_spared() {
    let takes = [SLOW, SLOW, ms(500)];
    let layer = AttemptTimeoutLayer::new(ms(100));
    let (outcome, began) = send(layer, gateway(None), Method::GET, &takes).await;
    let error = outcome.expect_err("late");
    assert!(matches!(error, AttemptError::Late(_)), "{error:?}");
    assert_eq!(TransportFailure::of(&error), Some(TransportFailure::HeadTimeout));
    assert_eq!(began.len(), 3);
    let (outcome, began) = send(layer.spare_last(true), gateway(None), Method::GET, &takes).await;
    assert_eq!((outcome.expect("spared").body().as_str(), began.len()), ("in time", 3));
}

#[tokio::test(start_paused = true)]
async fn an_attempt_that_is_the_only_one_counts_as_the_last() {
    let only_get = || RetryFilter::spring().build().expect("the defaults");
    let layer = AttemptTimeoutLayer::new(ms(100));
    let (outcome, began) = send(layer, only_get(), Method::POST, &[ms(500)]).await;
    assert!(outcome.is_err() && began.len() == 1);
    let (outcome, began) = send(layer.spare_last(true), only_get(), Method::POST, &[ms(500)]).await;
    assert!(outcome.is_ok() && began.len() == 1);
}

#[tokio::test(start_paused = true)]
async fn the_deadline_cuts_an_only_attempt_too() {
    let only_get = || RetryFilter::spring().timeout(ms(400)).build().expect("within bounds");
    let layer = AttemptTimeoutLayer::new(ms(10_000));
    for (layer, takes, arrives) in [
        (layer, 399, true),
        (layer, 402, false),
        (layer.spare_last(true), 402, false),
        (layer.outlast_deadline(true), 402, true),
    ] {
        let (outcome, began) = send(layer, only_get(), Method::POST, &[ms(takes)]).await;
        assert_eq!((outcome.is_ok(), began.len()), (arrives, 1), "{layer:?} {takes}");
    }
}

#[tokio::test(start_paused = true)]
async fn the_deadline_cuts_every_attempt_also_the_one_that_is_spared() {
    let start = persevere::Tokio.now();
    let layer = AttemptTimeoutLayer::new(ms(100)).spare_last(true);
    let (outcome, began) = send(layer, gateway(Some(ms(150))), Method::GET, &[SLOW, SLOW, SLOW]).await;
    assert!(outcome.is_err());
    assert_eq!((began.as_slice(), persevere::Tokio.now().since(start)), (&[ms(0), ms(110)][..], ms(150)));

    let start = persevere::Tokio.now();
    let takes = [SLOW, SLOW, SLOW];
    let (outcome, began) = send(layer, gateway(Some(ms(400))), Method::GET, &takes).await;
    assert!(outcome.is_err());
    assert_eq!((began.len(), persevere::Tokio.now().since(start)), (3, ms(400)));
}

#[tokio::test(start_paused = true)]
async fn an_attempt_outlasts_the_deadline_when_it_may() {
    let layer = AttemptTimeoutLayer::new(ms(500)).outlast_deadline(true);
    let (outcome, began) = send(layer, gateway(Some(ms(150))), Method::GET, &[ms(499)]).await;
    assert!(outcome.is_ok() && began.len() == 1);
}

#[tokio::test(start_paused = true)]
async fn a_limit_of_nothing_cuts_what_is_not_ready_and_the_longest_cuts_nothing() {
    let (outcome, began) =
        send(AttemptTimeoutLayer::new(Duration::ZERO), gateway(None), Method::GET, &[SLOW; 3]).await;
    assert!(outcome.is_err() && began.len() == 3);
    let (outcome, _) =
        send(AttemptTimeoutLayer::new(Duration::MAX), gateway(None), Method::GET, &[SLOW]).await;
    assert!(outcome.is_ok());
}

#[tokio::test(start_paused = true)]
async fn a_late_attempt_is_dropped_before_the_next_one_starts() {
    struct Running(Arc<Mutex<(u32, u32)>>);
    impl Running {
        fn start(running: &Arc<Mutex<(u32, u32)>>) -> Self {
            let mut now = running.lock().unwrap();
            now.0 += 1;
            now.1 = now.1.max(now.0);
            Self(Arc::clone(running))
        }
    }
    impl Drop for Running {
        fn drop(&mut self) {
            self.0.lock().unwrap().0 -= 1;
        }
    }
    let running = Arc::<Mutex<(u32, u32)>>::default();
    let inside = Arc::clone(&running);
    let upstream = tower::service_fn(move |_: Request<ReplayBody<Full<Bytes>>>| {
        let running = Running::start(&inside);
        async move {
            let _running = running;
            std::future::pending::<Result<Response<String>, Infallible>>().await
        }
    });
    let layer = AttemptTimeoutLayer::new(ms(100));
    let service = RetryLayer::new(gateway(None)).layer(layer.layer(upstream));
    service.oneshot(Request::new(Full::default())).await.expect_err("late");
    assert_eq!(*running.lock().unwrap(), (0, 1));
}

#[tokio::test(start_paused = true)]
async fn only_the_attempt_after_which_none_can_follow_is_marked_as_the_last() {
    let marks = Arc::<Mutex<Vec<bool>>>::default();
    let noted = Arc::clone(&marks);
    let upstream = tower::service_fn(move |request: Request<ReplayBody<Full<Bytes>>>| {
        noted.lock().unwrap().push(request.extensions().get::<LastAttempt>().is_some());
        std::future::ready(Err::<Response<String>, _>(HeadTimeout::new()))
    });
    let service = RetryLayer::new(gateway(None)).layer(upstream);
    service.oneshot(Request::new(Full::default())).await.expect_err("late");
    assert_eq!(*marks.lock().unwrap(), [false, false, true]);
}
