//! [`FilterBackoff`]: how long a filter waits.

use std::fmt;
use std::sync::Arc;
use std::time::Duration;

use persevere::{
    Attempts, Backoff, BackoffExt, BackoffWrapper, Capped, Constant, Decision, Exponential, Failure,
    FullJitter, Needs, Within, constant, exponential,
};

/// The waits of a filter with their limits.
///
/// A request never starts over, even if the backoff asks for it.
#[derive(Clone, Debug)]
pub(crate) struct FilterBackoff {
    waits: Within<Attempts<Waits>>,
}

impl FilterBackoff {
    pub(super) fn new(waits: Waits, retries: u32, limit: Duration) -> Self {
        Self { waits: waits.retries(retries).within(limit) }
    }
}

impl BackoffWrapper for FilterBackoff {
    type Inner = Within<Attempts<Waits>>;

    #[inline]
    fn inner(&self) -> &Self::Inner {
        &self.waits
    }

    #[inline]
    fn adjust(&self, needs: Needs) -> Needs {
        Needs::of(needs.clock)
    }
}

/// The waits of a filter, without their limits.
#[derive(Clone)]
pub(crate) enum Waits {
    /// None but those that come as hints.
    Hints(Constant),
    /// Waits that grow up to a cap, with full jitter.
    Growing(FullJitter<Capped<Exponential>>),
    Chosen(Arc<dyn Backoff + Send + Sync>),
}

impl Waits {
    pub(super) const fn hints() -> Self {
        Self::Hints(constant(Duration::ZERO))
    }

    /// The first growing wait, by default.
    pub(crate) const BASE: Duration = Duration::from_millis(25);
    /// The longest one, by default.
    pub(crate) const CAP: Duration = Duration::from_secs(1);

    /// Doubling from 25 ms, capped at 1 s, full jitter.
    pub(super) fn growing() -> Self {
        Self::growing_as(exponential(Self::BASE), Self::CAP)
    }

    /// Waits that grow as `waits` do up to `cap`, with full jitter.
    pub(crate) fn growing_as(waits: Exponential, cap: Duration) -> Self {
        Self::Growing(waits.capped(cap).full_jitter())
    }
}

impl Backoff for Waits {
    fn decide(&self, failure: &Failure) -> Decision {
        match self {
            Self::Hints(waits) => waits.decide(failure),
            Self::Growing(waits) => waits.decide(failure),
            Self::Chosen(waits) => waits.decide(failure),
        }
    }

    #[inline]
    fn needs(&self) -> Needs {
        match self {
            Self::Hints(waits) => waits.needs(),
            Self::Growing(waits) => waits.needs(),
            Self::Chosen(waits) => waits.needs(),
        }
    }
}

impl fmt::Debug for Waits {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Hints(_) => f.write_str("as hinted"),
            Self::Growing(waits) => fmt::Display::fmt(waits, f),
            Self::Chosen(_) => f.write_str("chosen"),
        }
    }
}
