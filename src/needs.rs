//! [`Needs`]: what a backoff needs of the call around it.

use std::time::Duration;

use crate::clock::Clock;

/// The needs of a backoff: what the call around it must do for it.
///
/// They travel outwards. A [`BackoffWrapper`](crate::BackoffWrapper) passes on those of the backoff inside, a backoff of two parts
/// joins theirs, and the session honours what comes out of the whole chain. The default is right for every backoff that stands
/// alone: the clock is read, and the call never starts over.
///
/// ```
/// use persevere::{Clock, Needs};
/// use std::time::Duration;
///
/// let (second, hour) = (Duration::from_secs(1), Duration::from_secs(3600));
/// let needs = Needs::NOTHING.within(second).and(Needs::NOTHING.reset_after(hour));
/// assert_eq!((needs.clock, needs.resets_after), (Clock::Deadline(second), hour));
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Needs {
    /// What the decisions need to know of the time.
    ///
    /// [`Clock::Read`] costs one look at the clock when the call begins, and two for each attempt that is retried.
    pub clock: Clock,
    /// How long an attempt must have lasted for its failure to be the first of a new call; [`Duration::MAX`] means never.
    ///
    /// It needs a `clock` that is read. See [`BackoffExt::reset_after`](crate::BackoffExt::reset_after).
    pub resets_after: Duration,
}

impl Needs {
    /// No need: the clock is not read, and the call never starts over.
    pub const NOTHING: Self = Self::of(Clock::Unused);

    /// The need of the time alone.
    #[must_use]
    #[inline]
    pub const fn of(clock: Clock) -> Self {
        Self { clock, resets_after: Duration::MAX }
    }

    /// The needs of two parts that decide together: the nearer deadline, and the shorter time to start over after.
    #[must_use]
    #[inline]
    pub fn and(self, other: Self) -> Self {
        Self { clock: self.clock.and(other.clock), ..self.starts_over_as(other) }
    }

    /// The needs of two parts of which one decides at a time: the later deadline if both have one, and the shorter time to
    /// start over after. Each part must hold its own deadline by itself.
    #[must_use]
    #[inline]
    pub fn or(self, other: Self) -> Self {
        Self { clock: self.clock.or(other.clock), ..self.starts_over_as(other) }
    }

    /// The same needs with a deadline `limit` after the call began; [`Duration::MAX`] adds none.
    #[must_use]
    #[inline]
    pub fn within(self, limit: Duration) -> Self {
        Self { clock: self.clock.within(limit), ..self }
    }

    /// The same needs in a call that starts over when an attempt fails that has lasted for `healthy` or longer;
    /// [`Duration::MAX`] adds nothing.
    #[must_use]
    #[inline]
    pub fn reset_after(self, healthy: Duration) -> Self {
        if healthy == Duration::MAX {
            return self;
        }
        Self { clock: self.clock.and(Clock::Read), resets_after: self.resets_after.min(healthy) }
    }

    /// A call starts over as a whole, so the shortest time counts, whichever part it is of.
    #[inline]
    fn starts_over_as(self, other: Self) -> Self {
        Self { resets_after: self.resets_after.min(other.resets_after), ..self }
    }
}

impl Default for Needs {
    #[inline]
    fn default() -> Self {
        Self::of(Clock::Read)
    }
}
