//! `google-cloud-gax`: the loop that Google's clients share, public but hidden in its documentation.
//!
//! It takes an async closure, which can lend. But once such a closure borrows from its caller, the compiler cannot
//! prove that the caller's future is `Send`. The closure itself must be `Send`: an attempt may make an `Rc`, not borrow
//! one.

proofs! {
    name: "google-cloud-gax 1.15",
    prelude: r#"
use google_cloud_gax::exponential_backoff::ExponentialBackoff;
use google_cloud_gax::retry_loop_internal::retry_loop;
use google_cloud_gax::retry_policy::{AlwaysRetry, RetryPolicyExt};
use google_cloud_gax::retry_throttler::CircuitBreaker;
use std::sync::{Arc, Mutex};
use std::time::Duration;

type Busy = google_cloud_gax::error::Error;
fn busy() -> Busy { Busy::io("busy") }

macro_rules! retry {
    ($operation:expr) => {
        retry_loop(
            $operation,
            tokio::time::sleep,
            true,
            Arc::new(Mutex::new(CircuitBreaker::default())),
            Arc::new(AlwaysRetry.with_attempt_limit(4)),
            Arc::new(ExponentialBackoff::default()),
        )
    };
}
"#,
    counting: "retry!(async |_| {
        calls += 1;
        attempt(calls).await
    })
    .await",
    shared: "retry!(async |_| connection.query().await).await",
    A: yes,
    B: yes,
    C: yes,
    D: yes,
    E: no,
    F: no,
}
