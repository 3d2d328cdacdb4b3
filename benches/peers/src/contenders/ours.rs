//! `persevere`, with a policy by reference.

use std::future::{Future, Ready, ready};
use std::hint::black_box;
use std::time::Duration;

use persevere::{
    Attempt, Backoff, BackoffExt, DefaultBackoff, Entropy, Failure, Policy, Retry, Stamp, Timer, exponential,
    retry,
};

use super::Library;
use crate::work::{BASE, CAP, RETRIES, Work, run_ready};

pub(super) struct Persevere;

/// A timer whose sleeps are over at once.
struct Ended;

impl Timer for Ended {
    type Sleep = Ready<()>;

    fn sleep(&self, _delay: Duration) -> Ready<()> {
        ready(())
    }

    fn now(&self) -> Stamp {
        Stamp::default()
    }
}

impl Library for Persevere {
    type Policy = Policy<DefaultBackoff>;

    fn policy(base: Duration) -> Policy<DefaultBackoff> {
        Policy::new(exponential(base).capped(CAP).full_jitter().retries(RETRIES))
    }

    fn call<'a>(policy: &'a Self::Policy, work: &'a Work) -> impl Future<Output = Result<u64, u64>> + 'a {
        retry(policy, || work.attempt())
    }

    fn ended(calls: u64, work: &Work) -> bool {
        let policy = black_box(Self::policy(BASE));
        run_ready(async {
            for _ in 0..calls {
                assert!(Retry::new(&policy, || work.attempt(), Ended).await.is_ok());
            }
        });
        true
    }

    fn delays(calls: u64) -> bool {
        let backoff = black_box(exponential(BASE).capped(CAP).full_jitter());
        for _ in 0..calls {
            for number in 1..=16 {
                let failure = Failure::new(Attempt::new(number), 0).with_entropy(Entropy::fresh());
                black_box(backoff.decide(&failure).delay());
            }
        }
        true
    }
}
