//! An operation that fails twice, retried: `cargo run --example quickstart`.

use std::cell::Cell;
use std::time::Duration;

use persevere::{BackoffExt, Policy, exponential, retry};

#[derive(Debug, thiserror::Error)]
enum ApiError {
    #[error("the server is busy")]
    Busy,
    #[error("there is no user {0}")]
    NoSuchUser(u64),
}

struct Api {
    calls: Cell<u32>,
}

impl Api {
    /// Busy at its first two calls.
    async fn user(&self, id: u64) -> Result<String, ApiError> {
        tokio::task::yield_now().await; // where a real one would wait for its server
        self.calls.set(self.calls.get().saturating_add(1));
        match (self.calls.get(), id) {
            (1 | 2, _) => Err(ApiError::Busy),
            (_, 0) => Err(ApiError::NoSuchUser(0)),
            _ => Ok(format!("user {id}")),
        }
    }
}

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), ApiError> {
    let backoff =
        exponential(Duration::from_millis(50)).capped(Duration::from_secs(1)).full_jitter().attempts(5);
    let policy =
        Policy::new(backoff).when(|error: &ApiError| matches!(error, ApiError::Busy)).on_retry(|event| {
            let delay = event.decision.delay().unwrap_or_default();
            println!("attempt {} failed, again in {delay:?}", event.attempt.number());
        });

    let api = Api { calls: Cell::new(0) };
    println!("{}", retry(&policy, || api.user(7)).await?);

    // An error that is not worth another attempt comes back at once.
    let report = retry(&policy, || api.user(0)).report().await;
    if let Err(gave_up) = report.into_result() {
        println!("{}: {gave_up}", gave_up.source);
    }
    Ok(())
}
