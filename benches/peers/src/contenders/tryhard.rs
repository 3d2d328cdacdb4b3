//! `tryhard`, which has no jitter.

use std::future::Future;
use std::time::Duration;

use tryhard::RetryFutureConfig;
use tryhard::backoff_strategies::ExponentialBackoff;

use super::Library;
use crate::work::{CAP, RETRIES, Work};

pub(super) struct Tryhard;

impl Library for Tryhard {
    type Policy = RetryFutureConfig<ExponentialBackoff, tryhard::NoOnRetry>;

    fn policy(base: Duration) -> Self::Policy {
        RetryFutureConfig::new(RETRIES).exponential_backoff(base).max_delay(CAP)
    }

    fn call<'a>(policy: &'a Self::Policy, work: &'a Work) -> impl Future<Output = Result<u64, u64>> + 'a {
        tryhard::retry_fn(|| work.attempt()).with_config(*policy)
    }
}
