//! `tower::retry`.

use std::future::Future;
use std::time::Duration;

use tower::retry::Retry;
use tower::retry::backoff::{Backoff, ExponentialBackoff, ExponentialBackoffMaker, MakeBackoff};
use tower::util::rng::HasherRng;
use tower::{ServiceExt, service_fn};

use crate::library::Library;
use crate::work::{CAP, RETRIES};

pub(super) struct Tower;

/// What a user of it writes: a count and a backoff.
#[derive(Clone)]
pub(super) struct Policy {
    backoff: ExponentialBackoff,
    left: u32,
}

impl tower::retry::Policy<(), u64, u64> for Policy {
    type Future = tokio::time::Sleep;

    fn retry(&mut self, (): &mut (), result: &mut Result<u64, u64>) -> Option<Self::Future> {
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

impl Library for Tower {
    type Policy = Policy;
    type Error = u64;

    fn policy(base: Duration) -> Policy {
        let maker = ExponentialBackoffMaker::new(base, CAP, 1.0, HasherRng::default());
        Policy { backoff: maker.expect("within its bounds").make_backoff(), left: RETRIES }
    }

    fn call<Op, Fut>(policy: &Self::Policy, operation: Op) -> impl Future<Output = Result<u64, u64>>
    where
        Op: Fn() -> Fut + Clone + Send,
        Fut: Future<Output = Result<u64, u64>>,
    {
        Retry::new(policy.clone(), service_fn(move |()| operation())).oneshot(())
    }
}
