//! `persevere`, with a policy by reference.

use std::future::{Future, Ready, ready};
use std::hint::black_box;
use std::time::Duration;

use persevere::{
    AnyBackoff, AnyError, Attempt, Backoff, BackoffExt, DefaultBackoff, Entropy, Failure, Policy, Retry,
    Stamp, Timer, TokenBudget, Unlimited, Within, exponential, retry,
};

use crate::library::Library;
use crate::work::{BASE, CAP, RETRIES};

/// With what every contender has.
pub(crate) struct Plain;

/// With a deadline, for which the clock is read, and a budget that is shared.
pub(crate) struct Everything;

/// With everything, and a backoff whose type is known at run time.
pub(crate) struct Erased;

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

macro_rules! library {
    ($name:ident, $policy:ty, $($more:item)*) => {
        impl Library for $name {
            type Policy = $policy;
            type Error = u64;

            fn call<Op, Fut>(policy: &$policy, operation: Op) -> impl Future<Output = Result<u64, u64>>
            where
                Op: Fn() -> Fut + Clone + Send,
                Fut: Future<Output = Result<u64, u64>>,
            {
                retry(policy, operation)
            }

            fn sleepless<Op, Fut>(policy: &$policy, operation: Op) -> Option<impl Future<Output = Result<u64, u64>>>
            where
                Op: Fn() -> Fut + Clone + Send,
                Fut: Future<Output = Result<u64, u64>>,
            {
                Some(Retry::new(policy, operation, Ended))
            }

            $($more)*
        }
    };
}

library! { Plain, Policy<DefaultBackoff, AnyError, Unlimited>,
    fn policy(base: Duration) -> Policy<DefaultBackoff, AnyError, Unlimited> {
        Policy::new(exponential(base).capped(CAP).full_jitter().retries(RETRIES))
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

library! { Everything, Policy<Within<DefaultBackoff>, AnyError, TokenBudget>,
    fn policy(base: Duration) -> Self::Policy {
        let backoff = exponential(base).capped(CAP).full_jitter().retries(RETRIES).within(CAP * 360);
        // As many tokens come back as are taken: nobody is refused.
        Policy::new(backoff).budget(TokenBudget::new(1_000_000, 1_000.0).expect("within bounds"))
    }
}

library! { Erased, Policy<AnyBackoff, AnyError, TokenBudget>,
    fn policy(base: Duration) -> Self::Policy {
        let backoff = exponential(base).capped(CAP).full_jitter().retries(RETRIES).within(CAP * 360);
        Policy::new(AnyBackoff::new(backoff)).budget(TokenBudget::new(1_000_000, 1_000.0).expect("within bounds"))
    }
}
