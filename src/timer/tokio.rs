//! [`Tokio`]: tokio's timer, and its paused clock in tests.

use std::time::Duration;

use super::Timer;
use super::instant::stamp;
use crate::clock::Stamp;

/// Tokio's timer: granularity of one millisecond, rounded up; follows tokio's paused clock in tests.
///
/// # Panics
///
/// Sleeping panics outside a tokio runtime with its time driver enabled.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Tokio;

impl Timer for Tokio {
    type Sleep = tokio::time::Sleep;

    #[inline]
    #[expect(clippy::disallowed_methods, reason = "this is the door that time comes through")]
    fn sleep(&self, delay: Duration) -> Self::Sleep {
        tokio::time::sleep(delay)
    }

    #[inline]
    #[expect(clippy::disallowed_methods, reason = "this is the door that time comes through")]
    fn now(&self) -> Stamp {
        stamp(tokio::time::Instant::now().into_std())
    }
}
