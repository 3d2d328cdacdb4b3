//! [`Needs`]: what a backoff needs of the call around it.

use std::time::Duration;

use crate::clock::Clock;

/// The needs of a backoff: what the call around it must do for it.
///
/// Needs travel outwards. A [`BackoffWrapper`](crate::BackoffWrapper) passes on the needs of the backoff inside. A backoff of two
/// parts joins their needs. The session honours the needs of the whole chain. The default is right for every backoff that stands
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
    /// The part of the time that the decisions need.
    ///
    /// [`Clock::Read`] costs one look at the clock when the call begins, and two for each attempt that is retried.
    pub clock: Clock,
    /// The time after which a failing attempt lets the call start over.
    ///
    /// [`Duration::MAX`] means never. Any other time needs a `clock` that is read. See
    /// [`BackoffExt::reset_after`](crate::BackoffExt::reset_after).
    pub resets_after: Duration,
}

impl Needs {
    /// The needs of nothing: the clock is not read, and the call never starts over.
    pub const NOTHING: Self = Self::of(Clock::Unused);

    /// The needs of a backoff that never starts over.
    #[must_use]
    #[inline]
    pub const fn of(clock: Clock) -> Self {
        Self { clock, resets_after: Duration::MAX }
    }

    /// Joins the needs of two parts that decide together.
    ///
    /// The nearer deadline counts, and so does the shorter time to start over after.
    #[must_use]
    #[inline]
    pub fn and(self, other: Self) -> Self {
        Self { clock: self.clock.and(other.clock), ..self.starts_over_as(other) }
    }

    /// Joins the needs of two parts that take turns to decide.
    ///
    /// The later deadline counts, if both parts have one. Each part must keep its own deadline by itself. The shorter time to start
    /// over after counts.
    #[must_use]
    #[inline]
    pub fn or(self, other: Self) -> Self {
        Self { clock: self.clock.or(other.clock), ..self.starts_over_as(other) }
    }

    /// Adds a deadline `limit` after the call began; [`Duration::MAX`] adds nothing.
    #[must_use]
    #[inline]
    pub fn within(self, limit: Duration) -> Self {
        Self { clock: self.clock.within(limit), ..self }
    }

    /// Lets the call start over when an attempt fails after `healthy` or longer; [`Duration::MAX`] adds nothing.
    #[must_use]
    #[inline]
    pub fn reset_after(self, healthy: Duration) -> Self {
        if healthy == Duration::MAX {
            return self;
        }
        Self { clock: self.clock.and(Clock::Read), resets_after: self.resets_after.min(healthy) }
    }

    /// Takes the shorter time, because a call starts over as a whole.
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
