//! The loop that an expert writes inline: exponential, full jitter, three retries.

use std::time::Duration;

pub async fn call() -> Result<u32, u32> {
    let mut delay = Duration::from_millis(1);
    let mut retries = 0;
    loop {
        match crate::work().await {
            Err(_) if retries < 3 => tokio::time::sleep(delay.mul_f64(fastrand::f64())).await,
            outcome => return outcome,
        }
        delay = delay.saturating_mul(2);
        retries += 1;
    }
}
