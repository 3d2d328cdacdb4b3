//! [`Clock`]: what a part of a policy needs to know of the time; [`Stamp`]: a point on a timer's clock.

use std::time::Duration;

/// What a part of a policy needs to know of the time.
///
/// A call reads its timer's clock only when one of its parts asks for it: with `Unused` throughout, a call
/// never reads a clock at all.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub enum Clock {
    /// [`Attempt::elapsed`](crate::Attempt::elapsed) is not looked at and may be zero.
    Unused,
    /// [`Attempt::elapsed`](crate::Attempt::elapsed) must be right.
    #[default]
    Read,
    /// As `Read`; and the call stops before a sleep that would end at or after this time since it began. Each
    /// attempt can be told its [`remaining`](crate::Attempt::remaining) time.
    Deadline(Duration),
}

impl Clock {
    /// The need of two parts together: the nearest deadline, or else `Read` over `Unused`.
    ///
    /// ```
    /// use persevere::Clock;
    /// use std::time::Duration;
    ///
    /// let second = Clock::Deadline(Duration::from_secs(1));
    /// let minute = Clock::Deadline(Duration::from_secs(60));
    /// assert_eq!(second.and(minute), second);
    /// assert_eq!(second.and(Clock::Read), second);
    /// assert_eq!(Clock::Unused.and(Clock::Read), Clock::Read);
    /// ```
    #[must_use]
    #[inline]
    pub fn and(self, other: Self) -> Self {
        match (self, other) {
            (Self::Deadline(a), Self::Deadline(b)) => Self::Deadline(a.min(b)),
            (Self::Deadline(a), _) | (_, Self::Deadline(a)) => Self::Deadline(a),
            (Self::Read, _) | (_, Self::Read) => Self::Read,
            (Self::Unused, Self::Unused) => Self::Unused,
        }
    }

    /// The need of two parts of which one decides at a time: the later deadline if both have one, or else `Read`
    /// over `Unused`. Each must hold its own deadline by itself.
    #[must_use]
    #[inline]
    pub fn or(self, other: Self) -> Self {
        match (self, other) {
            (Self::Deadline(a), Self::Deadline(b)) => Self::Deadline(a.max(b)),
            (Self::Unused, Self::Unused) => Self::Unused,
            _ => Self::Read,
        }
    }

    /// The same need with a deadline `limit` after the call began; [`Duration::MAX`] adds none.
    #[must_use]
    #[inline]
    pub fn within(self, limit: Duration) -> Self {
        if limit == Duration::MAX { self } else { self.and(Self::Deadline(limit)) }
    }
}

/// A clock that can be read: that of every timer, and that of a thread.
pub(crate) trait Now {
    /// The present.
    fn now(&self) -> Stamp;
}

/// A point on a timer's clock, in whole nanoseconds from an origin of the timer's choice.
///
/// Only differences between stamps of the same timer mean anything. Stamps reach 292 years either way and
/// saturate there.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Stamp(i64);

impl Stamp {
    /// The stamp `nanos` nanoseconds after the timer's origin, or before it when negative.
    #[must_use]
    pub const fn from_nanos(nanos: i64) -> Self {
        Self(nanos)
    }

    /// Nanoseconds after the timer's origin.
    #[must_use]
    pub const fn as_nanos(self) -> i64 {
        self.0
    }

    /// The stamp `duration` later.
    ///
    /// ```
    /// use persevere::Stamp;
    /// use std::time::Duration;
    ///
    /// let later = Stamp::from_nanos(-5).after(Duration::from_nanos(25));
    /// assert_eq!(later, Stamp::from_nanos(20));
    /// assert_eq!(later.after(Duration::MAX), Stamp::from_nanos(i64::MAX));
    /// ```
    #[must_use]
    #[inline]
    pub fn after(self, duration: Duration) -> Self {
        Self(self.0.saturating_add(i64::try_from(duration.as_nanos()).unwrap_or(i64::MAX)))
    }

    /// The stamp `duration` earlier; saturates as [`after`](Self::after) does.
    #[must_use]
    #[inline]
    pub fn before(self, duration: Duration) -> Self {
        Self(self.0.saturating_sub(i64::try_from(duration.as_nanos()).unwrap_or(i64::MAX)))
    }

    /// The time from `earlier` to this stamp; zero when the clock stood still or went backwards.
    ///
    /// ```
    /// use persevere::Stamp;
    /// use std::time::Duration;
    ///
    /// let (before, after) = (Stamp::from_nanos(-5), Stamp::from_nanos(20));
    /// assert_eq!(after.since(before), Duration::from_nanos(25));
    /// assert_eq!(before.since(after), Duration::ZERO);
    /// ```
    #[must_use]
    #[inline]
    pub const fn since(self, earlier: Self) -> Duration {
        let nanos = self.0.saturating_sub(earlier.0);
        Duration::from_nanos(if nanos > 0 { nanos.unsigned_abs() } else { 0 })
    }
}
