//! [`Settings`]: the settings of a filter, without its rules.

use std::fmt;
use std::pin::Pin;
use std::sync::Arc;
use std::time::Duration;

use http::Extensions;
use persevere::{AnyBudget, Event, Invalid, Kind, RatioBudget};

use super::backoff::Waits;
use crate::replay::ReplayPool;

/// Is told of each decision.
pub(crate) type Tell = Arc<dyn Fn(&Event) + Send + Sync>;

/// Makes the signals, one for each request that waits, after which no attempt starts.
pub(crate) type Stop = Arc<dyn Fn() -> Signal + Send + Sync>;

/// Completes when no further attempt shall start.
pub(crate) type Signal = Pin<Box<dyn Future<Output = ()> + Send>>;

/// The settings of a filter, without its rules. `None` leaves a setting to the rules.
#[derive(Clone)]
#[expect(clippy::struct_excessive_bools, reason = "each is a setting of its own")]
pub(crate) struct Settings {
    pub(crate) route_id: Option<String>,
    pub(crate) retries: u32,
    pub(crate) timeout: Option<Duration>,
    pub(crate) budget: Option<AnyBudget>,
    pub(crate) waits: Option<Waits>,
    pub(crate) max_wait: Option<Duration>,
    pub(crate) wait_spread: Option<Duration>,
    pub(crate) body_limit: usize,
    pub(crate) pool: ReplayPool,
    pub(crate) drain: Drain,
    pub(crate) announce: bool,
    pub(crate) trust_announced: bool,
    pub(crate) explain: bool,
    /// The service inside sends each request once.
    pub(crate) sends_once: bool,
    pub(crate) tell: Option<Tell>,
    pub(crate) stop: Option<Stop>,
    /// Values that readers of configurations have attached.
    pub(crate) extensions: Extensions,
}

/// Builds a budget with the defaults of [`RatioBudget`] for values that are not set.
///
/// A retry of a request that was never sent costs nothing, because it did not burden the server.
pub(crate) fn budget(ratio: Option<f64>, per_second: Option<u32>) -> Result<RatioBudget, Invalid> {
    let (ratio, per_second) =
        (ratio.unwrap_or(RatioBudget::RATIO), per_second.unwrap_or(RatioBudget::PER_SECOND));
    RatioBudget::new(ratio, per_second)?.cost(Kind::NotSent, 0.0)
}

/// The limits for reading a discarded response, so that its connection can be used again.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Drain {
    pub(crate) bytes: u64,
    pub(crate) time: Duration,
}

impl Default for Drain {
    fn default() -> Self {
        Self { bytes: 4096, time: Duration::from_millis(50) }
    }
}

impl Default for Settings {
    fn default() -> Self {
        Self {
            route_id: None,
            retries: 3,
            timeout: None,
            budget: None,
            waits: None,
            max_wait: None,
            wait_spread: None,
            body_limit: super::RetryFilter::BODY_LIMIT,
            pool: ReplayPool::global(),
            drain: Drain::default(),
            announce: false,
            trust_announced: false,
            explain: false,
            sends_once: false,
            tell: None,
            stop: None,
            extensions: Extensions::new(),
        }
    }
}

impl Settings {
    /// The settings, if they are within their bounds.
    pub(crate) fn checked(self) -> Result<Self, Invalid> {
        match self.retries {
            0 => Err(Invalid::new("retries", 0, "retries must be greater than 0")),
            _ => Ok(self),
        }
    }
}

impl fmt::Debug for Settings {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Settings")
            .field("route_id", &self.route_id)
            .field("retries", &self.retries)
            .field("timeout", &self.timeout)
            .field("budget", &self.budget)
            .field("body_limit", &self.body_limit)
            .finish_non_exhaustive()
    }
}
