//! `backon`.

use backon::{ExponentialBuilder, Retryable};
use std::time::Duration;

pub async fn call() -> Result<u32, u32> {
    let policy = ExponentialBuilder::default().with_min_delay(Duration::from_millis(1)).with_jitter();
    crate::work.retry(policy.with_max_times(3)).await
}
