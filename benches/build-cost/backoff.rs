//! `backoff`, which has jitter by default and counts no attempts.

use backoff::ExponentialBackoffBuilder;
use std::time::Duration;

pub async fn call() -> Result<u32, u32> {
    let policy = ExponentialBackoffBuilder::new().with_initial_interval(Duration::from_millis(1)).build();
    backoff::future::retry(policy, || async { crate::work().await.map_err(backoff::Error::transient) }).await
}
