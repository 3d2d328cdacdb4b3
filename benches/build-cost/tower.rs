//! `tower::retry`, with what its user writes: a policy that counts.

use std::time::Duration;
use tower::retry::backoff::{Backoff, ExponentialBackoff, ExponentialBackoffMaker, MakeBackoff};
use tower::retry::{Policy, Retry};
use tower::util::rng::HasherRng;
use tower::{ServiceExt, service_fn};

#[derive(Clone)]
struct Counted {
    backoff: ExponentialBackoff,
    left: u32,
}

impl Policy<(), u32, u32> for Counted {
    type Future = tokio::time::Sleep;

    fn retry(&mut self, (): &mut (), result: &mut Result<u32, u32>) -> Option<Self::Future> {
        if result.is_ok() || self.left == 0 {
            return None;
        }
        self.left -= 1;
        Some(self.backoff.next_backoff())
    }

    fn clone_request(&mut self, (): &()) -> Option<()> {
        Some(())
    }
}

pub async fn call() -> Result<u32, u32> {
    let (least, most) = (Duration::from_millis(1), Duration::from_secs(1));
    let mut maker = ExponentialBackoffMaker::new(least, most, 1.0, HasherRng::default()).expect("valid");
    let policy = Counted { backoff: maker.make_backoff(), left: 3 };
    Retry::new(policy, service_fn(|()| crate::work())).oneshot(()).await
}
