//! [`Backoff`]: from a failure to a decision. Each kind of growth is a file of this folder.

mod any;
mod constant;
mod decorrelated;
mod exponential;
mod fibonacci;
mod from_fn;
mod linear;
mod polynomial;
mod sequence;

use std::rc::Rc;
use std::sync::Arc;
use std::time::Duration;

use crate::attempt::Failure;
use crate::clock::Clock;
use crate::decision::Decision;

pub use self::any::AnyBackoff;
pub use self::constant::{Constant, constant};
pub use self::decorrelated::{Decorrelated, decorrelated};
pub use self::exponential::{Exponential, exponential};
pub use self::fibonacci::{Fibonacci, fibonacci};
pub use self::from_fn::{FromDelays, FromFn, from_delays, from_fn};
pub use self::linear::{Linear, linear};
pub use self::polynomial::{Polynomial, polynomial};
pub use self::sequence::{Sequence, sequence};

/// Decides, after a failure, how long to wait or that it is enough.
///
/// A backoff is a pure function: equal failures get equal decisions. It has no clock, no generator and no
/// state; what it needs of them is in the [`Failure`]. One backoff can therefore serve any number of calls at
/// once, and a schedule can be looked at without running it.
///
/// Compose backoffs with [`BackoffExt`](crate::BackoffExt). Ours print as the code that makes them; a policy of one of your
/// own prints when it implements `Display`. A backoff of your own is one method:
///
/// ```
/// use persevere::{Backoff, BackoffExt, Decision, Failure};
/// use std::time::Duration;
///
/// /// 1 s, 1 s, 5 s, 5 s, 5 s, …
/// struct Stairs;
///
/// impl Backoff for Stairs {
///     fn decide(&self, failure: &Failure) -> Decision {
///         Decision::Retry(Duration::from_secs(if failure.number() <= 2 { 1 } else { 5 }))
///     }
/// }
///
/// let policy = Stairs.full_jitter().attempts(6);
/// # let _ = policy;
/// ```
#[diagnostic::on_unimplemented(message = "`{Self}` is not a backoff")]
pub trait Backoff {
    /// Decides what follows a failure.
    fn decide(&self, failure: &Failure) -> Decision;

    /// What this backoff needs to know of the time.
    ///
    /// [`Clock::Read`] by default: right for every backoff that stands alone. It costs one look at the clock when
    /// the call begins, and two for each attempt that is retried. A backoff around another one must pass on what
    /// that one says, or a deadline inside is lost.
    fn clock(&self) -> Clock {
        Clock::Read
    }

    /// How long an attempt must have lasted for its failure to be the first of a new call; [`Duration::MAX`], so never, by
    /// default. It needs a [`clock`](Self::clock) that is read. A backoff around another one must pass on what that one says.
    ///
    /// See [`BackoffExt::reset_after`](crate::BackoffExt::reset_after).
    fn resets_after(&self) -> Duration {
        Duration::MAX
    }
}

macro_rules! behind_a_pointer {
    ($($pointer:ty),*) => {$(
        impl<B: Backoff + ?Sized> Backoff for $pointer {
            fn decide(&self, failure: &Failure) -> Decision {
                (**self).decide(failure)
            }

            fn clock(&self) -> Clock {
                (**self).clock()
            }

            fn resets_after(&self) -> Duration {
                (**self).resets_after()
            }
        }
    )*};
}

behind_a_pointer!(&B, Box<B>, Rc<B>, Arc<B>);

#[cfg(test)]
fn _is_object_safe(_: &dyn Backoff) {}
