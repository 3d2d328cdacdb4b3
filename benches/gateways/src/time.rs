//! Real time, which a benchmark takes.
#![expect(clippy::disallowed_methods, reason = "a benchmark takes real time")]

use std::time::{Duration, Instant};

use crate::Failure;

/// A point in time that will come.
#[derive(Clone, Copy, Debug)]
pub(crate) struct End(Instant);

impl End {
    pub(crate) fn after(time: Duration) -> Self {
        Self(Instant::now() + time)
    }

    /// The time until then.
    pub(crate) fn left(self) -> Duration {
        self.0.saturating_duration_since(Instant::now())
    }

    pub(crate) fn has_come(self) -> bool {
        self.left().is_zero()
    }
}

pub(crate) async fn pause(millis: u64) {
    tokio::time::sleep(Duration::from_millis(millis)).await;
}

/// Returns the output of a future, unless it takes longer than `seconds`.
pub(crate) async fn within<F: Future>(seconds: u64, future: F) -> Result<F::Output, Failure> {
    Ok(tokio::time::timeout(Duration::from_secs(seconds), future).await?)
}

/// Returns the output of a future, unless it takes longer than `millis` milliseconds.
pub(crate) async fn within_millis<F: Future>(millis: u64, future: F) -> Option<F::Output> {
    tokio::time::timeout(Duration::from_millis(millis), future).await.ok()
}

/// A point in time that has been.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Start(Instant);

impl Start {
    pub(crate) fn now() -> Self {
        Self(Instant::now())
    }

    pub(crate) fn elapsed(self) -> Duration {
        self.0.elapsed()
    }
}
