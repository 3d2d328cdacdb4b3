//! Times of a simulation: whole nanoseconds since its beginning.

use std::time::{Duration, Instant};

/// Nanoseconds since the beginning of a simulation.
pub type Nanos = u64;

/// One second.
pub const SECOND: Nanos = 1_000_000_000;

/// In seconds.
#[must_use]
#[expect(
    clippy::cast_precision_loss,
    reason = "a simulation lasts hours at most, and a nanosecond in a day is exact"
)]
pub fn seconds(nanos: Nanos) -> f64 {
    nanos as f64 / 1e9
}

/// Of seconds; what is negative is zero, what is too long the longest.
#[must_use]
#[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "a cast saturates")]
pub fn nanos(seconds: f64) -> Nanos {
    (seconds * 1e9) as u64
}

/// Of a duration; what is too long is the longest.
#[must_use]
pub(crate) fn of(duration: Duration) -> Nanos {
    u64::try_from(duration.as_nanos()).unwrap_or(u64::MAX)
}

/// What `run` makes, and how many seconds of real time it took.
#[expect(clippy::disallowed_methods, reason = "the speed of a simulation is no part of it")]
pub(crate) fn timed<T>(run: impl FnOnce() -> T) -> (T, f64) {
    let began = Instant::now();
    let made = run();
    (made, began.elapsed().as_secs_f64())
}
