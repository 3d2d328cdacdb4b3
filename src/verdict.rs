//! [`Verdict`]: what a classifier says of an outcome, with the [`Kind`] of failure.

use std::fmt;

use crate::hint::Hint;

/// What a classifier says of one outcome.
///
/// A verdict speaks of the outcome alone. Whether another attempt follows is the session's decision: a
/// `Retry` still stops when the attempts are used up or the deadline is near.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Verdict {
    /// The outcome is what the caller wanted.
    Accept,
    /// The outcome is final: trying again would not help, or would do harm.
    Reject,
    /// The outcome may be retried.
    Retry {
        /// What kind of failure it is.
        kind: Kind,
        /// What the other side asked for, if it did.
        hint: Option<Hint>,
    },
}

impl Verdict {
    /// Accepts what is wanted and retries what is not yet: for outcomes that are no `Result`.
    ///
    /// ```
    /// use persevere::Verdict;
    ///
    /// let judge = |item: &Option<u8>| Verdict::accept_if(item.is_some());
    /// assert_eq!(judge(&Some(1)), Verdict::Accept);
    /// assert_eq!(judge(&None), Verdict::retry());
    /// ```
    #[must_use]
    pub const fn accept_if(wanted: bool) -> Self {
        if wanted { Self::Accept } else { Self::retry() }
    }

    /// A transient failure without a hint: the plainest reason to try again.
    #[must_use]
    pub const fn retry() -> Self {
        Self::retry_as(Kind::Transient)
    }

    /// A failure of the given kind, without a hint.
    #[must_use]
    pub const fn retry_as(kind: Kind) -> Self {
        Self::Retry { kind, hint: None }
    }

    /// The same verdict with the other side's `hint`; only a retry can carry one.
    ///
    /// ```
    /// use persevere::{Hint, Kind, Verdict};
    /// use std::time::Duration;
    ///
    /// let hint = Hint::AtLeast(Duration::from_secs(2));
    /// assert_eq!(
    ///     Verdict::retry_as(Kind::Throttled).with_hint(hint),
    ///     Verdict::Retry { kind: Kind::Throttled, hint: Some(hint) },
    /// );
    /// assert_eq!(Verdict::Reject.with_hint(hint), Verdict::Reject);
    /// ```
    #[must_use]
    pub const fn with_hint(self, hint: Hint) -> Self {
        match self {
            Self::Retry { kind, .. } => Self::Retry { kind, hint: Some(hint) },
            other => other,
        }
    }
}

/// What kind of failure a verdict speaks of.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum Kind {
    /// Something went wrong that may well go right the next time.
    #[default]
    Transient,
    /// The other side asked us to slow down.
    Throttled,
    /// The operation never reached the other side.
    NotSent,
}

impl Kind {
    /// Every kind.
    pub(crate) const ALL: [Self; 3] = [Self::Transient, Self::Throttled, Self::NotSent];

    /// A short name for labels and fields that does not change: `transient`, `throttled` or `not_sent`.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Transient => "transient",
            Self::Throttled => "throttled",
            Self::NotSent => "not_sent",
        }
    }
}

impl fmt::Display for Kind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.as_str())
    }
}
