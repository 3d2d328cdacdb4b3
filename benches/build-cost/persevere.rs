//! `persevere`, on the timer that it brings.

use persevere::{BackoffExt, exponential, retry};
use std::time::Duration;

pub async fn call() -> Result<u32, u32> {
    retry(exponential(Duration::from_millis(1)).full_jitter().retries(3), crate::work).await
}
