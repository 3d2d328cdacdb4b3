//! `google-cloud-gax`, whose loop takes its own error type only.

use google_cloud_gax::error::Error;
use google_cloud_gax::exponential_backoff::ExponentialBackoffBuilder;
use google_cloud_gax::retry_loop_internal::retry_loop;
use google_cloud_gax::retry_policy::{AlwaysRetry, RetryPolicyExt};
use google_cloud_gax::retry_throttler::CircuitBreaker;
use std::sync::{Arc, Mutex};
use std::time::Duration;

pub async fn call() -> Result<u32, Error> {
    let backoff = ExponentialBackoffBuilder::new().with_initial_delay(Duration::from_millis(1));
    retry_loop(
        async |_| crate::work().await.map_err(|number| Error::io(number.to_string())),
        async |delay| tokio::time::sleep(delay).await,
        true,
        Arc::new(Mutex::new(CircuitBreaker::clamp(100, 0, 1))),
        Arc::new(AlwaysRetry.with_attempt_limit(4)),
        Arc::new(backoff.clamp()),
    )
    .await
}
