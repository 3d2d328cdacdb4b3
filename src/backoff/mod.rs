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
mod wrapper;

use crate::attempt::Failure;
use crate::decision::Decision;
use crate::needs::Needs;

pub use self::any::AnyBackoff;
pub use self::constant::{Constant, constant};
pub use self::decorrelated::{Decorrelated, decorrelated};
pub use self::exponential::{Exponential, exponential};
pub use self::fibonacci::{Fibonacci, fibonacci};
pub use self::from_fn::{FromDelays, FromFn, from_delays, from_fn};
pub use self::linear::{Linear, linear};
pub use self::polynomial::{Polynomial, polynomial};
pub use self::sequence::{Sequence, sequence};
pub use self::wrapper::BackoffWrapper;

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

    /// Says what this backoff needs of the call around it.
    ///
    /// By default the clock is read and the call never starts over, which is right for every backoff that stands alone. A backoff
    /// around another one is a [`BackoffWrapper`], which passes on the needs of what is inside, or a deadline in there would be
    /// lost. One of two parts joins theirs, by [`Needs::and`] or [`Needs::or`].
    fn needs(&self) -> Needs {
        Needs::default()
    }
}

#[cfg(test)]
fn _is_object_safe(_: &dyn Backoff) {}
