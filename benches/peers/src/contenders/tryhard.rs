//! `tryhard`, which has no jitter.

use std::future::Future;
use std::time::Duration;

use tryhard::RetryFutureConfig;
use tryhard::backoff_strategies::ExponentialBackoff;

use crate::library::Library;
use crate::work::{CAP, RETRIES};

pub(super) struct Tryhard;

impl Library for Tryhard {
    type Policy = RetryFutureConfig<ExponentialBackoff, tryhard::NoOnRetry>;
    type Error = u64;

    fn policy(base: Duration) -> Self::Policy {
        RetryFutureConfig::new(RETRIES).exponential_backoff(base).max_delay(CAP)
    }

    fn call<Op, Fut>(policy: &Self::Policy, operation: Op) -> impl Future<Output = Result<u64, u64>>
    where
        Op: Fn() -> Fut + Clone + Send,
        Fut: Future<Output = Result<u64, u64>>,
    {
        tryhard::retry_fn(operation).with_config(*policy)
    }
}
