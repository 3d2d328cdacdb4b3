//! Hints: how the wish of the other side shifts a decision.

use std::time::Duration;

use crate::decision::{Decision, Reason};
use crate::entropy::Entropy;
use crate::nanos;
use crate::verdict::Hint;

/// The salt of [`Failure::sample`] that waits after a hint are spread with.
const SALT: u64 = 5;

/// What a hint makes of a delay: it is followed up to `longest`, and then spread over `spread`.
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
