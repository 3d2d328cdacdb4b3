//! Stamps from the monotonic clock of the standard library.

use std::sync::OnceLock;
use std::time::{Duration, Instant};

use crate::clock::Stamp;

/// Stamps count from the first one that the process asked for.
pub(super) fn stamp(instant: Instant) -> Stamp {
    static ORIGIN: OnceLock<Instant> = OnceLock::new();
    let origin = *ORIGIN.get_or_init(|| instant);
    let nanos = |duration: Duration| i64::try_from(duration.as_nanos()).unwrap_or(i64::MAX);
    // A paused clock may start before an origin that another runtime of the process has set.
    Stamp::from_nanos(match instant.checked_duration_since(origin) {
        Some(after) => nanos(after),
        None => nanos(origin.duration_since(instant)).saturating_neg(),
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn stamps_keep_the_distance_of_instants_on_both_sides_of_the_origin() {
        let origin = now();
        let _ = stamp(origin);
        let early = origin.checked_sub(Duration::from_millis(7)).expect("the machine has been up for longer");
        let late = origin + Duration::from_millis(5);
        assert_eq!(stamp(late).since(stamp(early)), Duration::from_millis(12));
        assert_eq!(stamp(early).since(stamp(late)), Duration::ZERO);
    }

    #[expect(clippy::disallowed_methods, reason = "an instant to start from")]
    fn now() -> Instant {
        Instant::now()
    }
}
