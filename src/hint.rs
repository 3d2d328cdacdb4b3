//! [`Hint`]: a wait that the other side asks for, and the whole rule of what it makes of a delay.
//!
//! The session calls [`followed`] after growth, cap and jitter. Then come the limits of the call, such as its deadline, and the budget.

use std::time::Duration;

use crate::decision::{Decision, Reason};
use crate::entropy::Entropy;
use crate::nanos;

/// When the other side wants to be asked again. A hint shifts a delay; it never creates one.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Hint {
    /// Not before this much time: a floor under our own delay (HTTP's `Retry-After`).
    AtLeast(Duration),
    /// After exactly this much time, whatever our own delay is (gRPC's pushback).
    Exactly(Duration),
    /// Not at all.
    Never,
}

impl Hint {
    /// The delay to wait when our own would be `own`; `None` for [`Hint::Never`].
    ///
    /// ```
    /// use persevere::Hint;
    /// use std::time::Duration;
    ///
    /// let ms = Duration::from_millis;
    /// assert_eq!(Hint::AtLeast(ms(50)).shift(ms(80)), Some(ms(80)));
    /// assert_eq!(Hint::AtLeast(ms(50)).shift(ms(20)), Some(ms(50)));
    /// assert_eq!(Hint::Exactly(ms(50)).shift(ms(80)), Some(ms(50)));
    /// assert_eq!(Hint::Never.shift(ms(80)), None);
    /// ```
    #[must_use]
    pub fn shift(self, own: Duration) -> Option<Duration> {
        match self {
            Self::AtLeast(floor) => Some(own.max(floor)),
            Self::Exactly(delay) => Some(delay),
            Self::Never => None,
        }
    }

    /// The time that the other side asked for, if it asked for one.
    #[must_use]
    pub const fn delay(self) -> Option<Duration> {
        match self {
            Self::AtLeast(delay) | Self::Exactly(delay) => Some(delay),
            Self::Never => None,
        }
    }
}

/// The longest hint that a policy follows unless it says otherwise: 30 s.
pub const DEFAULT_MAX_HINT: Duration = Duration::from_secs(30);

/// The salt of [`Failure::sample`] that waits after a hint are spread with.
const SALT: u64 = 5;

/// Applies a hint to a delay: a hint up to `longest` is followed, and then spread over `spread`.
#[inline(never)]
pub(crate) fn followed(
    delay: Duration,
    hint: &Hint,
    entropy: Entropy,
    longest: Duration,
    spread: Duration,
) -> Decision {
    match (hint.shift(delay), *hint) {
        (None, _) => Decision::Stop(Reason::HintForbids),
        (Some(_), _) if hint.delay() > Some(longest) => Decision::Stop(Reason::HintTooLong),
        (Some(shifted), Hint::AtLeast(_)) => {
            let later = nanos::fraction(nanos::of(spread), entropy.sample(SALT));
            Decision::Retry(shifted.saturating_add(Duration::from_nanos(later)))
        }
        (Some(shifted), _) => Decision::Retry(shifted),
    }
}
