//! The clock of this application.
//!
//! The library is told the time, and the application chooses where the time comes from.
#![expect(clippy::disallowed_methods, reason = "an application chooses its runtime")]

use std::future::Future;
use std::pin::Pin;
use std::time::{Duration, Instant, SystemTime};

/// The time as the timers see it, which tests can advance.
pub(crate) fn now() -> Instant {
    tokio::time::Instant::now().into_std()
}

/// Returns the point in time after `time` has passed.
pub(crate) fn after(time: Duration) -> Instant {
    let now = now();
    now.checked_add(time).unwrap_or(now)
}

/// The time since 1970, by the clock of the system.
pub(crate) fn since_1970() -> Duration {
    SystemTime::now().duration_since(SystemTime::UNIX_EPOCH).unwrap_or_default()
}

/// The time since then.
pub(crate) fn since(then: Instant) -> Duration {
    now().saturating_duration_since(then)
}

/// A time in whole milliseconds. Saturates.
pub(crate) fn millis(time: Duration) -> u64 {
    u64::try_from(time.as_millis()).unwrap_or(u64::MAX)
}

pub(crate) async fn pause(time: Duration) {
    tokio::time::sleep(time).await;
}

/// A pause until that time, which can be polled in a body.
pub(crate) fn boxed_pause_until(time: Instant) -> Pin<Box<tokio::time::Sleep>> {
    Box::pin(tokio::time::sleep_until(time.into()))
}

/// The output of a future, or `None` when it takes longer than `limit`.
pub(crate) async fn within<F: Future>(limit: Duration, future: F) -> Option<F::Output> {
    tokio::time::timeout(limit, future).await.ok()
}

/// The output of a future, or `None` when it is not there at `deadline`.
pub(crate) async fn within_deadline<F: Future>(deadline: Option<Instant>, future: F) -> Option<F::Output> {
    match deadline {
        Some(deadline) => tokio::time::timeout_at(deadline.into(), future).await.ok(),
        None => Some(future.await),
    }
}
