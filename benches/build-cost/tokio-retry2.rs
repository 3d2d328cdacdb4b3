//! `tokio-retry2`.

use tokio_retry2::strategy::{ExponentialBackoff, jitter};
use tokio_retry2::{Retry, RetryError};

pub async fn call() -> Result<u32, u32> {
    let delays = ExponentialBackoff::from_millis(2).map(jitter).take(3);
    Retry::spawn(delays, async || crate::work().await.map_err(RetryError::transient)).await
}
