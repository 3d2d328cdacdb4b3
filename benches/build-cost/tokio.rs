//! The runtime and its timer, with nothing that retries: three calls and a sleep.

use std::time::Duration;

pub async fn call() -> Result<u32, u32> {
    let _ = crate::work().await;
    let _ = crate::work().await;
    tokio::time::sleep(Duration::from_millis(1)).await;
    crate::work().await
}
