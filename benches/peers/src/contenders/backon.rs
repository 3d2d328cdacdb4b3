//! `backon`.

use std::future::Future;
use std::hint::black_box;
use std::time::Duration;

use backon::{BackoffBuilder, ExponentialBuilder, Retryable};

use crate::library::Library;
use crate::work::{BASE, CAP, no_sleep};

pub(super) struct Backon;

impl Library for Backon {
    type Policy = ExponentialBuilder;
    type Error = u64;

    fn policy(base: Duration) -> ExponentialBuilder {
        ExponentialBuilder::default().with_min_delay(base).with_max_delay(CAP).with_max_times(3).with_jitter()
    }

    fn call<Op, Fut>(policy: &Self::Policy, operation: Op) -> impl Future<Output = Result<u64, u64>>
    where
        Op: Fn() -> Fut + Clone + Send,
        Fut: Future<Output = Result<u64, u64>>,
    {
        operation.retry(*policy)
    }

    fn sleepless<Op, Fut>(
        policy: &Self::Policy,
        operation: Op,
    ) -> Option<impl Future<Output = Result<u64, u64>>>
    where
        Op: Fn() -> Fut + Clone + Send,
        Fut: Future<Output = Result<u64, u64>>,
    {
        Some(operation.retry(*policy).sleep(no_sleep))
    }

    fn delays(calls: u64) -> bool {
        let policy = black_box(Self::policy(BASE).with_max_times(16));
        for _ in 0..calls {
            assert_eq!(policy.build().map(black_box).count(), 16);
        }
        true
    }
}
