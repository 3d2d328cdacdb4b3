use persevere::{Policy, retry};
use std::time::Duration;

struct ApiError;

async fn fetch() -> Result<u8, ApiError> {
    Ok(1)
}

#[tokio::main]
async fn main() {
    let _ = retry(&Policy::default(), fetch).attempt_timeout(Duration::from_secs(1)).await;
}
