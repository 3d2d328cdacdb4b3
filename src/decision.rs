//! [`Decision`]: retry after a delay, or stop for a [`Reason`]. Their order is the algebra of backoffs.

use std::fmt;
use std::time::Duration;

/// What happens after an outcome: another attempt after a delay, or none.
///
/// Decisions are ordered: a longer delay is greater than a shorter one, and a stop is greater than any delay.
/// "Both must agree" is therefore [`max`](Ord::max), and "either may insist" is [`min`](Ord::min).
///
/// ```
/// use persevere::{Decision, Reason};
/// use std::time::Duration;
///
/// let (short, long) = (Decision::Retry(Duration::ZERO), Decision::Retry(Duration::MAX));
/// assert!(short < long && long < Decision::Stop(Reason::Attempts));
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
#[must_use = "a decision that nobody obeys changes nothing"]
pub enum Decision {
    /// Wait this long, then attempt again.
    Retry(Duration),
    /// Return the outcome in hand.
    Stop(Reason),
}

impl Decision {
    /// Changes the delay of a retry; a stop stays a stop.
    ///
    /// Every cap, floor and jitter is such a map, which is why none of them can bring a call back to life.
    #[inline]
    pub fn map(self, change: impl FnOnce(Duration) -> Duration) -> Self {
        match self {
            Self::Retry(delay) => Self::Retry(change(delay)),
            stop @ Self::Stop(_) => stop,
        }
    }

    /// The delay before the next attempt, or `None` for a stop.
    #[must_use]
    #[inline]
    pub const fn delay(self) -> Option<Duration> {
        match self {
            Self::Retry(delay) => Some(delay),
            Self::Stop(_) => None,
        }
    }
}

/// The rule that ended a call. Where several would have, it is the first one that was asked: the outermost of a chain of
/// limits before those inside.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[non_exhaustive]
pub enum Reason {
    /// The classifier accepted the outcome.
    Accepted,
    /// The classifier rejected the outcome: it is not worth another attempt.
    Rejected,
    /// The operation cannot run again.
    NotRepeatable,
    /// The attempts are used up, or the schedule has come to its end.
    Attempts,
    /// The next sleep would end at or after the deadline.
    Deadline,
    /// The next sleep would be more than the sleeps may last in all.
    TotalSleep,
    /// The budget is used up: too many calls are retrying. Layers above should not retry either.
    Budget,
    /// The other side asked for a longer wait than the policy follows.
    HintTooLong,
    /// The other side asked not to be tried again.
    HintForbids,
    /// The signal to stop has come.
    Stopped,
}

impl Reason {
    /// A short name for labels and fields that does not change: `accepted`, `hint_too_long`, ….
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Accepted => "accepted",
            Self::Rejected => "rejected",
            Self::NotRepeatable => "not_repeatable",
            Self::Attempts => "attempts",
            Self::Deadline => "deadline",
            Self::TotalSleep => "total_sleep",
            Self::Budget => "budget",
            Self::HintTooLong => "hint_too_long",
            Self::HintForbids => "hint_forbids",
            Self::Stopped => "stopped",
        }
    }
}

impl fmt::Display for Reason {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(match self {
            Self::Accepted => "accepted",
            Self::Rejected => "rejected by the classifier",
            Self::NotRepeatable => "the operation cannot be repeated",
            Self::Attempts => "attempts used up",
            Self::Deadline => "deadline would pass",
            Self::TotalSleep => "total sleep used up",
            Self::Budget => "budget used up",
            Self::HintTooLong => "hint too long",
            Self::HintForbids => "hint forbids",
            Self::Stopped => "stopped",
        })
    }
}
