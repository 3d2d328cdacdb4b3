//! The experiments, each with what it should show.

pub mod budgets;
pub mod collapse;
pub mod contention;
pub mod crowd;
pub mod executor;
pub mod outage;
pub mod phases;
mod tested;
pub mod threshold;

use std::time::Duration;

use persevere::{AnyBackoff, BackoffExt, constant, exponential};

pub use self::tested::Tested;

/// No retry at all.
#[must_use]
pub fn never() -> AnyBackoff {
    AnyBackoff::new(constant(Duration::ZERO).attempts(1))
}

/// So many retries, at once.
#[must_use]
pub fn at_once(retries: u32) -> AnyBackoff {
    AnyBackoff::new(constant(Duration::ZERO).retries(retries))
}

/// Doubling from a first delay up to a cap, with full jitter, and so many retries.
#[must_use]
pub fn full_jitter(base: Duration, cap: Duration, retries: u32) -> AnyBackoff {
    AnyBackoff::new(exponential(base).capped(cap).full_jitter().retries(retries))
}
