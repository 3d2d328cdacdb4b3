//! `tryhard`, which has no jitter.

use std::time::Duration;

pub async fn call() -> Result<u32, u32> {
    tryhard::retry_fn(crate::work).retries(3).exponential_backoff(Duration::from_millis(1)).await
}
