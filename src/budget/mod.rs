//! [`Budget`]: how many retries a whole fleet of calls may make. Each kind of budget is a file of this folder.
//!
//! Limits of one call do not protect a server that fails for all of them: a thousand calls with three attempts
//! each are three thousand requests. A budget is shared by all calls of one upstream, and refuses retries once
//! they are no longer the exception.

mod account;
mod any;
mod bucket;
mod costs;
#[cfg(all(test, loom))]
mod models;
mod permit;
mod ratio;
mod sync;
mod tokens;

use std::rc::Rc;
use std::sync::Arc;
use std::time::Duration;

use crate::clock::{Clock, Stamp};
use crate::rust_code::prints;
use crate::verdict::Kind;

pub use self::any::{AnyBudget, AnyPermit};
pub use self::permit::Permit;
pub use self::ratio::{RatioBudget, RatioPermit};
pub use self::tokens::{TokenBudget, TokenPermit};

/// How many retries a whole fleet of calls may make.
///
/// Asked last of the policy, when all else has agreed to a retry; only the operation is asked after it, and what was
/// withdrawn comes back if that cannot run again. A refusal suppresses that retry alone and ends its call with
/// [`Reason::Budget`](crate::Reason::Budget). Shared by all calls of one upstream: cloning a budget shares it.
///
/// ```
/// use persevere::{BackoffExt, Policy, TokenBudget, constant, retry};
/// use std::time::Duration;
///
/// # #[tokio::main(flavor = "current_thread")] async fn main() {
/// let budget = TokenBudget::default();   // ten retries in stock, one more for every ten successes
/// let policy = Policy::new(constant(Duration::ZERO).attempts(100)).budget(budget.clone());
///
/// let report = retry(&policy, || async { Err::<(), _>("down") }).report().await;
/// assert_eq!((report.attempts, report.reason), (11, persevere::Reason::Budget));
/// assert_eq!(budget.available(), 0.0);
/// # }
/// ```
pub trait Budget {
    /// What is withdrawn for one retry.
    type Permit: Permit;

    /// A call begins; its first attempt costs nothing. Or one starts over, after it has [succeeded](Self::succeed).
    fn begin(&self, now: Stamp) {
        let _ = now;
    }

    /// A call has ended in an outcome that its classifier accepts; or in a failure after an attempt that was
    /// [healthy for long](crate::BackoffExt::reset_after).
    fn succeed(&self) {}

    /// Withdraws one retry after a failure of the given kind, or refuses it.
    fn withdraw(&self, kind: Kind, now: Stamp) -> Option<Self::Permit>;

    /// The most retries that it grants while so many calls begin in so much time, none of which succeeds, from a full stock on;
    /// `None`, the default, when no bound is known.
    fn most_retries(&self, calls: u64, time: Duration) -> Option<u64> {
        let _ = (calls, time);
        None
    }

    /// What the budget needs to know of the time; nothing by default.
    fn clock(&self) -> Clock {
        Clock::Unused
    }
}

/// No budget: every retry is granted. What a bare backoff and [`Policy::new`](crate::Policy::new) have.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Unlimited;

impl Budget for Unlimited {
    type Permit = ();

    fn withdraw(&self, _kind: Kind, _now: Stamp) -> Option<()> {
        Some(())
    }
}

prints!(Unlimited: |_this| "Unlimited");

macro_rules! behind_a_pointer {
    ($($pointer:ty),*) => {$(
        impl<G: Budget + ?Sized> Budget for $pointer {
            type Permit = G::Permit;

            fn begin(&self, now: Stamp) {
                (**self).begin(now);
            }

            fn succeed(&self) {
                (**self).succeed();
            }

            fn withdraw(&self, kind: Kind, now: Stamp) -> Option<G::Permit> {
                (**self).withdraw(kind, now)
            }

            fn most_retries(&self, calls: u64, time: Duration) -> Option<u64> {
                (**self).most_retries(calls, time)
            }

            fn clock(&self) -> Clock {
                (**self).clock()
            }
        }
    )*};
}

behind_a_pointer!(&G, Box<G>, Rc<G>, Arc<G>);
