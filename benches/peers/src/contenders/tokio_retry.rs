//! `tokio-retry`.

use std::future::Future;
use std::hint::black_box;
use std::time::Duration;

use tokio_retry::Retry;
use tokio_retry::strategy::{ExponentialBackoff, jitter};

use crate::library::Library;
use crate::work::{BASE, CAP};

pub(super) struct TokioRetry;

impl Library for TokioRetry {
    type Policy = ExponentialBackoff;
    type Error = u64;

    fn policy(base: Duration) -> ExponentialBackoff {
        // Its base is what delays are multiplied by, and its factor half of the first one.
        let half = u64::try_from(base.as_millis()).expect("a short delay") / 2;
        ExponentialBackoff::from_millis(2).factor(half).max_delay(CAP)
    }

    fn call<Op, Fut>(policy: &Self::Policy, operation: Op) -> impl Future<Output = Result<u64, u64>>
    where
        Op: Fn() -> Fut + Clone + Send,
        Fut: Future<Output = Result<u64, u64>>,
    {
        Retry::start(policy.clone().map(jitter).take(3), operation)
    }

    fn delays(calls: u64) -> bool {
        let policy = black_box(Self::policy(BASE));
        for _ in 0..calls {
            assert_eq!(policy.clone().map(jitter).take(16).map(black_box).count(), 16);
        }
        true
    }
}
