//! [`from_fn`]: a closure as a backoff; [`from_delays`]: another crate's schedule as a backoff.

use std::any::type_name;
use std::fmt;
use std::time::Duration;

use super::Backoff;
use crate::attempt::Failure;
use crate::decision::{Decision, Reason};

/// A closure as a backoff. It must be a pure function of the failure, as every backoff.
///
/// ```
/// use persevere::{BackoffExt, Decision, Failure, from_fn};
/// use std::time::Duration;
///
/// let stairs = from_fn(|failure: &Failure| {
///     Decision::Retry(Duration::from_secs(if failure.number() <= 2 { 1 } else { 5 }))
/// });
/// let policy = stairs.full_jitter().attempts(6);
/// # let _ = policy;
/// ```
#[must_use]
pub const fn from_fn<F: Fn(&Failure) -> Decision>(decide: F) -> FromFn<F> {
    FromFn { decide }
}

/// A closure as a backoff. Made by [`from_fn`].
#[derive(Clone, Copy)]
pub struct FromFn<F> {
    decide: F,
}

impl<F: Fn(&Failure) -> Decision> Backoff for FromFn<F> {
    #[inline]
    fn decide(&self, failure: &Failure) -> Decision {
        (self.decide)(failure)
    }
}

/// The delays of an iterator, from a closure that makes a new one for each call: other crates' schedules, and
/// whatever the standard library can say of durations. The end of the iterator stops with
/// [`Reason::Attempts`].
///
/// A backoff keeps no state, so the closure is asked at every failure, and the first `n − 1` delays are passed
/// over at the n-th. Random iterators should not depend on their own earlier delays.
///
/// ```
/// use persevere::from_delays;
/// use std::time::Duration;
///
/// let schedule = || std::iter::successors(Some(Duration::from_millis(10)), |delay| Some(*delay * 2)).take(5);
/// let backoff = from_delays(schedule);
/// # let _ = backoff;
/// ```
#[must_use]
pub const fn from_delays<F, I>(make: F) -> FromDelays<F>
where
    F: Fn() -> I,
    I: IntoIterator<Item = Duration>,
{
    FromDelays { make }
}

/// The delays of an iterator. Made by [`from_delays`].
#[derive(Clone, Copy)]
pub struct FromDelays<F> {
    make: F,
}

impl<F, I> Backoff for FromDelays<F>
where
    F: Fn() -> I,
    I: IntoIterator<Item = Duration>,
{
    #[inline]
    fn decide(&self, failure: &Failure) -> Decision {
        let index = usize::try_from(failure.number().saturating_sub(1)).unwrap_or(usize::MAX);
        (self.make)().into_iter().nth(index).map_or(Decision::Stop(Reason::Attempts), Decision::Retry)
    }
}

impl<F> fmt::Debug for FromFn<F> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("FromFn").field(&type_name::<F>()).finish()
    }
}

impl<F> fmt::Debug for FromDelays<F> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("FromDelays").field(&type_name::<F>()).finish()
    }
}
