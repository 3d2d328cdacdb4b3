//! `backoff`.

use std::future::Future;
use std::hint::black_box;
use std::time::Duration;

use backoff::backoff::Backoff as _;
use backoff::{ExponentialBackoff, ExponentialBackoffBuilder};

use crate::library::Library;
use crate::work::{BASE, CAP};

pub(super) struct Backoff;

impl Library for Backoff {
    type Policy = ExponentialBackoff;
    type Error = u64;

    /// It knows no count of attempts.
    fn policy(base: Duration) -> ExponentialBackoff {
        ExponentialBackoffBuilder::new()
            .with_initial_interval(base)
            .with_multiplier(2.0)
            .with_max_interval(CAP)
            .with_max_elapsed_time(None)
            .build()
    }

    fn call<Op, Fut>(policy: &Self::Policy, operation: Op) -> impl Future<Output = Result<u64, u64>>
    where
        Op: Fn() -> Fut + Clone + Send,
        Fut: Future<Output = Result<u64, u64>>,
    {
        backoff::future::retry(policy.clone(), move || {
            let attempt = operation();
            async { attempt.await.map_err(backoff::Error::transient) }
        })
    }

    fn delays(calls: u64) -> bool {
        let policy = black_box(Self::policy(BASE));
        for _ in 0..calls {
            let mut fresh = policy.clone();
            for _ in 0..16 {
                black_box(fresh.next_backoff());
            }
        }
        true
    }
}
