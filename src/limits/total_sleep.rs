//! The total sleep of a call: the whole rule.

use std::time::Duration;

use crate::decision::{Decision, Reason};

/// What is left of a total sleep; [`Duration::MAX`] is no limit, and stays so.
#[inline]
pub(crate) const fn left(limit: Duration, slept: Duration) -> Duration {
    if limit.as_nanos() == Duration::MAX.as_nanos() { limit } else { limit.saturating_sub(slept) }
}

/// The rule: a retry whose sleep would be longer than what is left is a stop.
#[inline]
pub(crate) fn held(decision: Decision, left: Duration) -> Decision {
    match decision {
        Decision::Retry(delay) if delay > left => Decision::Stop(Reason::TotalSleep),
        decision => decision,
    }
}
