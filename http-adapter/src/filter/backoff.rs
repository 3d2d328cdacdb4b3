//! [`FilterBackoff`]: how long a filter waits.

use std::fmt;
use std::sync::Arc;
use std::time::Duration;

use persevere::{
    Attempts, Backoff, BackoffExt, Capped, Clock, Constant, Decision, Exponential, Failure, FullJitter,
    Within, constant, exponential,
};

/// How long a filter waits, and how often and how long in all. A request never starts over, whatever a chosen backoff says.
#[derive(Clone, Debug)]
pub(crate) struct FilterBackoff {
    waits: Within<Attempts<Waits>>,
}

impl FilterBackoff {
    pub(super) fn new(waits: Waits, retries: u32, limit: Duration) -> Self {
        Self { waits: waits.retries(retries).within(limit) }
    }
}

impl Backoff for FilterBackoff {
    fn decide(&self, failure: &Failure) -> Decision {
        self.waits.decide(failure)
    }

    fn clock(&self) -> Clock {
        self.waits.clock()
    }
}

/// The waits of a filter, without their limits.
#[derive(Clone)]
pub(crate) enum Waits {
    /// None but those that come as hints, as Spring's do.
    Hints(Constant),
    /// Those of a gateway that is told no others.
    Gateway(FullJitter<Capped<Exponential>>),
    Chosen(Arc<dyn Backoff + Send + Sync>),
}

impl Waits {
    pub(super) const fn hints() -> Self {
        Self::Hints(constant(Duration::ZERO))
    }

    /// The first wait of the profile `gateway`.
    pub(crate) const BASE: Duration = Duration::from_millis(25);
    /// Its longest one.
    pub(crate) const CAP: Duration = Duration::from_secs(1);

    /// Doubling from 25 ms, capped at 1 s, full jitter.
    pub(super) fn gateway() -> Self {
        Self::Gateway(exponential(Self::BASE).capped(Self::CAP).full_jitter())
    }
}

impl Backoff for Waits {
    fn decide(&self, failure: &Failure) -> Decision {
        match self {
            Self::Hints(waits) => waits.decide(failure),
            Self::Gateway(waits) => waits.decide(failure),
            Self::Chosen(waits) => waits.decide(failure),
        }
    }

    fn clock(&self) -> Clock {
        match self {
            Self::Hints(waits) => waits.clock(),
            Self::Gateway(waits) => waits.clock(),
            Self::Chosen(waits) => waits.clock(),
        }
    }
}

impl fmt::Debug for Waits {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Hints(_) => f.write_str("as hinted"),
            Self::Gateway(waits) => fmt::Display::fmt(waits, f),
            Self::Chosen(_) => f.write_str("chosen"),
        }
    }
}
