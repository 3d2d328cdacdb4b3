//! `persevere` without its features, on a timer of one's own.

use persevere::{BackoffExt, Retry, Stamp, Timer, exponential};
use std::time::{Duration, Instant};

struct Own(Instant);

impl Timer for Own {
    type Sleep = tokio::time::Sleep;

    fn sleep(&self, delay: Duration) -> Self::Sleep {
        tokio::time::sleep(delay)
    }

    fn now(&self) -> Stamp {
        Stamp::default().after(self.0.elapsed())
    }
}

pub async fn call() -> Result<u32, u32> {
    let backoff = exponential(Duration::from_millis(1)).full_jitter().retries(3);
    Retry::new(backoff, crate::work, Own(Instant::now())).await
}
