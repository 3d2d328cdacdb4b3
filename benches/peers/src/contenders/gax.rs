//! `google-cloud-gax`: the loop of Google's clients, which is public but hidden from its documentation.

use std::future::Future;
use std::hint::black_box;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use google_cloud_gax::backoff_policy::BackoffPolicy;
use google_cloud_gax::error::Error;
use google_cloud_gax::exponential_backoff::{ExponentialBackoff, ExponentialBackoffBuilder};
use google_cloud_gax::retry_loop_internal::retry_loop;
use google_cloud_gax::retry_policy::{AlwaysRetry, RetryPolicy, RetryPolicyExt};
use google_cloud_gax::retry_result::RetryResult;
use google_cloud_gax::retry_state::RetryState;
use google_cloud_gax::retry_throttler::RetryThrottler;

use crate::library::Library;
use crate::work::{BASE, CAP, RETRIES, no_sleep};

pub(super) struct Gax;

/// The parts as its clients hold them.
pub(super) struct Parts {
    throttler: Arc<Mutex<dyn RetryThrottler>>,
    retry: Arc<dyn RetryPolicy>,
    backoff: Arc<dyn BackoffPolicy>,
}

/// Lets every retry through.
#[derive(Debug)]
struct Open;

impl RetryThrottler for Open {
    fn throttle_retry_attempt(&self) -> bool {
        false
    }

    fn on_retry_failure(&mut self, _flow: &RetryResult) {}

    fn on_success(&mut self) {}
}

fn backoff(base: Duration) -> ExponentialBackoff {
    ExponentialBackoffBuilder::new().with_initial_delay(base).with_maximum_delay(CAP).clamp()
}

fn call<Op, Fut, S>(parts: &Parts, operation: Op, sleep: S) -> impl Future<Output = Result<u64, Error>>
where
    Op: Fn() -> Fut + Send,
    Fut: Future<Output = Result<u64, u64>>,
    S: AsyncFn(Duration) + Send,
{
    retry_loop(
        async move |_| operation().await.map_err(|_| Error::io("busy")),
        sleep,
        true,
        Arc::clone(&parts.throttler),
        Arc::clone(&parts.retry),
        Arc::clone(&parts.backoff),
    )
}

impl Library for Gax {
    type Policy = Parts;
    type Error = Error;

    fn policy(base: Duration) -> Parts {
        Parts {
            throttler: Arc::new(Mutex::new(Open)),
            retry: Arc::new(AlwaysRetry.with_attempt_limit(RETRIES + 1)),
            backoff: Arc::new(backoff(base)),
        }
    }

    #[expect(clippy::disallowed_methods, reason = "the sleep that its clients give it")]
    fn call<Op, Fut>(policy: &Parts, operation: Op) -> impl Future<Output = Result<u64, Error>>
    where
        Op: Fn() -> Fut + Clone + Send,
        Fut: Future<Output = Result<u64, u64>>,
    {
        call(policy, operation, tokio::time::sleep)
    }

    fn sleepless<Op, Fut>(policy: &Parts, operation: Op) -> Option<impl Future<Output = Result<u64, Error>>>
    where
        Op: Fn() -> Fut + Clone + Send,
        Fut: Future<Output = Result<u64, u64>>,
    {
        Some(call(policy, operation, no_sleep))
    }

    fn delays(calls: u64) -> bool {
        let backoff = black_box(backoff(BASE));
        for _ in 0..calls {
            for number in 1_u32..=16 {
                black_box(backoff.on_failure(&RetryState::new(true).set_attempt_count(number)));
            }
        }
        true
    }
}
