//! [`RetryFilter`]: the settings of a gateway's retry filter, checked.

mod backoff;
mod builder;
mod forecast;
mod policy;
mod settings;

use std::fmt;
use std::sync::Arc;
use std::time::Duration;

use http::Method;
use persevere::{AnyBudget, Invalid};

use self::settings::Settings;
use crate::rules::{RuleSet, RuleSettings, Rules};

pub(crate) use self::backoff::{FilterBackoff, Waits};
pub use self::builder::RetryFilterBuilder;
pub(crate) use self::policy::FilterPolicy;
pub(crate) use self::settings::{Drain, Signal, budget};

/// A retry filter: it decides which requests are sent again, how often and when.
///
/// Clones share the budget and the pool for bodies, and so do filters from [`into_builder`](Self::into_builder). Create one filter for
/// each upstream.
///
/// ```
/// use persevere_http::RetryFilter;
///
/// let filter = RetryFilter::gateway().retries(2).build()?;
/// assert_eq!(filter.retries(), 2);
/// # Ok::<(), persevere::Invalid>(())
/// ```
#[derive(Clone)]
pub struct RetryFilter {
    /// The rules as they were set.
    said: Rules,
    /// The same with the settings that they need.
    pub(crate) rules: Arc<dyn RuleSet>,
    pub(crate) settings: Settings,
    budget: AnyBudget,
    waits: Waits,
    /// The waits with their limits.
    backoff: FilterBackoff,
    max_wait: Option<Duration>,
    /// The longest hint that is followed.
    max_hint: Duration,
    wait_spread: Duration,
}

impl RetryFilter {
    /// The default number of bytes of a request body that are kept: 64 KiB.
    pub const BODY_LIMIT: usize = 64 * 1024;

    fn new(said: Rules, settings: Settings, inherited: Option<AnyBudget>) -> Result<Self, Invalid> {
        let settings = settings.checked()?;
        let (defaults, draws) = (said.0.defaults(), said.0.draws());
        let max_wait = settings.max_wait.or(defaults.max_wait);
        let rules = said.0.completed(RuleSettings { max_wait, sends_once: settings.sends_once })?;
        let budget = match settings.budget.clone().or(inherited) {
            Some(budget) => budget,
            None if defaults.has_budget => budget(None, None)?.into(),
            None => AnyBudget::Unlimited,
        };
        let default = if draws { Waits::hints() } else { Waits::growing() };
        let waits = settings.waits.clone().unwrap_or(default);
        let limit = settings.timeout.map_or(Duration::MAX, |timeout| rules.deadline(timeout));
        Ok(Self {
            backoff: FilterBackoff::new(waits.clone(), settings.retries, limit),
            // Rules that draw their waits hold this limit by themselves.
            max_hint: max_wait.filter(|_| !draws).unwrap_or(Duration::MAX),
            wait_spread: settings.wait_spread.unwrap_or(defaults.wait_spread),
            said,
            rules,
            settings,
            budget,
            waits,
            max_wait,
        })
    }

    /// Returns the name of the route that this filter belongs to, if it has one.
    #[must_use]
    pub fn route_id(&self) -> Option<&str> {
        self.settings.route_id.as_deref()
    }

    /// Returns the largest number of retries. With 3 retries, there are at most 4 attempts.
    #[must_use]
    pub const fn retries(&self) -> u32 {
        self.settings.retries
    }

    /// Returns true if a request with this method may be sent again.
    #[must_use]
    pub fn may_retry(&self, method: &Method) -> bool {
        self.rules.facts(method, &http::HeaderMap::new()).is_some()
    }

    /// Returns the deadline of a request. `None` means no limit.
    ///
    /// Every wait before a retry ends earlier than this time after the request arrived. With the rules of Spring, it may also end
    /// exactly then.
    #[must_use]
    pub const fn timeout(&self) -> Option<Duration> {
        self.settings.timeout
    }

    /// Returns the longest wait that a response may ask for. `None` ignores what responses ask for.
    ///
    /// A response that asks for more is not tried again.
    #[must_use]
    pub const fn max_wait(&self) -> Option<Duration> {
        self.max_wait
    }

    /// Returns the budget that all requests of this filter share.
    #[must_use]
    pub const fn budget(&self) -> &AnyBudget {
        &self.budget
    }

    /// Returns a copy with a separate budget, which is as full as this one.
    ///
    /// Filters for different servers need separate budgets.
    #[must_use]
    pub fn with_own_budget(&self) -> Self {
        let budget = self.budget.filled_as(&self.budget);
        let mut copy = self.clone();
        copy.settings.budget = copy.settings.budget.map(|_| budget.clone());
        copy.budget = budget;
        copy
    }

    /// Returns the number of bytes of a request body that are kept.
    #[must_use]
    pub const fn body_limit(&self) -> usize {
        self.settings.body_limit
    }
}

impl Default for RetryFilter {
    /// Returns the filter of [`RetryFilter::gateway`] with its defaults.
    fn default() -> Self {
        Self::gateway().build().expect("the defaults are within their bounds")
    }
}

impl fmt::Display for RetryFilter {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Retry(retries {}, ", self.retries())?;
        write!(f, "{}", self.rules)?;
        if let Some(timeout) = self.timeout() {
            write!(f, ", timeout {timeout:?}")?;
        }
        if let Some(longest) = self.settings.max_wait {
            write!(f, ", Retry-After up to {longest:?}")?;
        }
        if self.body_limit() != Self::BODY_LIMIT {
            write!(f, ", bodies up to {} bytes", self.body_limit())?;
        }
        if !matches!(self.budget(), AnyBudget::Unlimited) {
            write!(f, ", {}", self.budget())?;
        }
        f.write_str(")")
    }
}

impl fmt::Debug for RetryFilter {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}
