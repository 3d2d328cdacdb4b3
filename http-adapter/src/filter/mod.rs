//! [`RetryFilter`]: the settings of a gateway's retry filter, checked.

mod backoff;
mod builder;
mod forecast;
mod policy;
mod settings;

use std::fmt;
use std::time::Duration;

use http::Method;
use persevere::AnyBudget;

use self::settings::Settings;
use crate::rules::{Rules, SpringRules};
use crate::warning::Warning;

pub(crate) use self::backoff::{FilterBackoff, Waits};
pub use self::builder::{Built, Gateway, RetryFilterBuilder, Spring};
pub(crate) use self::policy::FilterPolicy;
pub(crate) use self::settings::{Drain, Signal, budget};

/// The settings of a gateway's retry filter: which requests are tried again, how often and when.
///
/// Clones share the budget and the pool for bodies, and so does what [`into_builder`](Self::into_builder) makes: one filter for
/// each upstream, then.
///
/// Two profiles: [`gateway`](Self::gateway) sends again what may safely be sent again, [`spring`](Self::spring) does what
/// Spring Cloud Gateway's filter does with the same settings. A text of a Spring route is the latter.
///
/// ```
/// use persevere_http::RetryFilter;
///
/// let safe = RetryFilter::gateway().retries(2).build()?;
/// let filter: RetryFilter = "Retry=3,INTERNAL_SERVER_ERROR,GET,10ms,50ms,2,false,0.5,100ms".parse()?;
/// assert_eq!((safe.retries(), filter.retries()), (2, 3));
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Clone)]
pub struct RetryFilter {
    pub(crate) rules: Rules,
    pub(crate) settings: Settings,
    waits: Waits,
    /// The waits with their limits.
    backoff: FilterBackoff,
}

impl RetryFilter {
    /// Bytes of a request body that are kept for another attempt unless the filter says otherwise: 64 KiB.
    pub const BODY_LIMIT: usize = 64 * 1024;

    fn new(rules: Rules, settings: Settings, waits: Waits) -> Self {
        let limit = match (&rules, settings.timeout) {
            (_, None) => Duration::MAX,
            // Spring allows a retry that starts exactly at its time-out, ours ends just before.
            (Rules::Spring(_), Some(limit)) => limit.saturating_add(Duration::from_nanos(1)),
            (Rules::Gateway(_), Some(limit)) => limit,
        };
        let rules = match rules {
            Rules::Gateway(rules) if settings.sends_once => Rules::Gateway(rules.sends_once(true)),
            rules => rules,
        };
        let backoff = FilterBackoff::new(waits.clone(), settings.retries, limit);
        Self { rules, settings, waits, backoff }
    }

    /// The route that this filter belongs to, if it was said.
    #[must_use]
    pub fn route_id(&self) -> Option<&str> {
        self.settings.route_id.as_deref()
    }

    /// Retries at most: 3 retries are 4 attempts.
    #[must_use]
    pub const fn retries(&self) -> u32 {
        self.settings.retries
    }

    /// Whether a request with this method is ever sent again.
    #[must_use]
    pub fn may_retry(&self, method: &Method) -> bool {
        self.rules.facts(method, &http::HeaderMap::new()).is_some()
    }

    /// No wait before a retry ends this long after the request came, or later; in the profile `spring`, it may end exactly
    /// then. `None` means no limit.
    #[must_use]
    pub const fn timeout(&self) -> Option<Duration> {
        self.settings.timeout
    }

    /// The longest wait that a response may ask for; `None` when nobody listens. One that asks for more is not tried again.
    #[must_use]
    pub fn max_wait(&self) -> Option<Duration> {
        match &self.rules {
            Rules::Spring(rules) => rules.retry_after,
            Rules::Gateway(_) => Some(self.settings.max_wait),
        }
    }

    /// What the text that this filter was read from says and seldom means, in the order of the text; empty for a filter from
    /// code.
    #[must_use]
    pub fn warnings(&self) -> &[Warning] {
        &self.settings.warnings
    }

    /// The budget that all requests of this filter share.
    #[must_use]
    pub const fn budget(&self) -> &AnyBudget {
        &self.settings.budget
    }

    /// Bytes of a request body that are kept for another attempt.
    #[must_use]
    pub const fn body_limit(&self) -> usize {
        self.settings.body_limit
    }
}

impl Default for RetryFilter {
    /// The profile `gateway` with its defaults; see [`RetryFilter::gateway`].
    fn default() -> Self {
        Self::gateway().build().expect("the defaults are within their bounds")
    }
}

impl fmt::Display for RetryFilter {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Retry(retries {}, ", self.retries())?;
        match &self.rules {
            Rules::Spring(rules) => show(rules, f)?,
            Rules::Gateway(rules) => write!(f, "gateway, {rules}")?,
        }
        if let Some(timeout) = self.timeout() {
            write!(f, ", timeout {timeout:?}")?;
        }
        if let (Rules::Spring(_), Some(longest)) = (&self.rules, self.max_wait()) {
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

fn show(rules: &SpringRules, f: &mut fmt::Formatter<'_>) -> fmt::Result {
    f.write_str("series ")?;
    crate::list::write(f, &rules.series)?;
    write!(f, ", statuses {}, methods {}, exceptions ", rules.statuses, rules.methods)?;
    crate::list::write(f, &rules.exceptions)?;
    if !rules.grpc_codes.is_empty() {
        write!(f, ", gRPC codes {}", rules.grpc_codes)?;
    }
    match rules.backoff {
        Some(backoff) => write!(f, ", {backoff}")?,
        None => f.write_str(", no backoff")?,
    }
    rules.jitter.map_or(Ok(()), |jitter| write!(f, ", {jitter}"))
}

impl fmt::Debug for RetryFilter {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}
