//! `tokio-retry`.

use tokio_retry::Retry;
use tokio_retry::strategy::{ExponentialBackoff, jitter};

pub async fn call() -> Result<u32, u32> {
    Retry::spawn(ExponentialBackoff::from_millis(2).map(jitter).take(3), crate::work).await
}
