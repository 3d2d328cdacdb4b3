//! Hints: how the wish of the other side shifts a decision.

use std::time::Duration;

use crate::attempt::Failure;
use crate::decision::{Decision, Reason};
use crate::nanos;
use crate::verdict::Hint;

/// The salt of [`Failure::sample`] that waits after a hint are spread with.
const SALT: u64 = 5;

/// The decision `own` after the hint of `failure`, if it has one: followed up to `longest`, and then spread over `spread`.
///
/// A hint shifts a delay or stops the call; it never turns a stop into a retry.
#[inline]
pub(crate) fn followed(own: Decision, failure: &Failure, longest: Duration, spread: Duration) -> Decision {
    let (Decision::Retry(delay), Some(hint)) = (own, failure.hint()) else { return own };
    match (hint.shift(delay), hint) {
        (None, _) => Decision::Stop(Reason::HintForbids),
        (Some(_), _) if hint.delay() > Some(longest) => Decision::Stop(Reason::HintTooLong),
        (Some(shifted), Hint::AtLeast(_)) => {
            let later = nanos::fraction(nanos::of(spread), failure.sample(SALT));
            Decision::Retry(shifted.saturating_add(Duration::from_nanos(later)))
        }
        (Some(shifted), _) => Decision::Retry(shifted),
    }
}
