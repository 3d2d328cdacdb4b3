//! [`CallRules`]: the plain values that a session decides by.

use std::time::Duration;

use crate::clock::Clock;
use crate::hint::DEFAULT_MAX_HINT;
use crate::needs::Needs;

/// The plain values that a session decides by.
///
/// A session asks its policy for its rules once for each decision. To make rules, start from the defaults, and change what should
/// be different:
///
/// ```
/// use persevere::{Needs, CallRules};
/// use std::time::Duration;
///
/// let mut rules = CallRules::of(Needs::NOTHING);
/// rules.max_hint = Duration::from_secs(60);
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct CallRules {
    /// The needs of the backoff.
    pub needs: Needs,
    /// The longest hint that is followed; [`DEFAULT_MAX_HINT`] by default.
    pub max_hint: Duration,
    /// The spread of the waits after a [`Hint::AtLeast`](crate::Hint::AtLeast); zero by default.
    pub hint_spread: Duration,
    /// The longest sleep that may follow; [`Duration::MAX`] means no limit, and is the default.
    pub longest_sleep: Duration,
    /// The part of the time that the observer needs; nothing by default.
    pub observer: Clock,
}

impl CallRules {
    /// The default rules for a backoff with these needs.
    #[must_use]
    #[inline]
    pub const fn of(needs: Needs) -> Self {
        Self {
            needs,
            max_hint: DEFAULT_MAX_HINT,
            hint_spread: Duration::ZERO,
            longest_sleep: Duration::MAX,
            observer: Clock::Unused,
        }
    }
}
