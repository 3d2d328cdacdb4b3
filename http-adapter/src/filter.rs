//! [`RetryFilter`]: the settings of a gateway's retry filter, checked, as a policy for each request.

use std::fmt;
use std::sync::Arc;
use std::time::Duration;

use http::Method;
use persevere::{
    Attempts, BackoffExt, Clock, Constant, Decision, Event, Observer, Policy, Unlimited, Within, constant,
};

use crate::classifier::{FilterClassifier, Rules};
use crate::method::Methods;

/// The settings of a gateway's retry filter: which requests are tried again, how often and when.
///
/// Made by its [builder](Self::builder), from the text of a Spring route, or by `default`, which is Spring's:
/// 3 retries of `GET` after a 5xx, a failed connection or a missing response, without delay.
///
/// ```
/// use persevere_http::RetryFilter;
///
/// let filter: RetryFilter = "Retry=3,INTERNAL_SERVER_ERROR,GET,10ms,50ms,2,false,0.5,100ms".parse()?;
/// assert_eq!(filter.retries(), 3);
/// # Ok::<(), persevere_http::ConfigError>(())
/// ```
#[derive(Clone)]
pub struct RetryFilter {
    pub(crate) route_id: Option<String>,
    pub(crate) retries: u32,
    pub(crate) methods: Methods,
    pub(crate) rules: Arc<Rules>,
    pub(crate) timeout: Option<Duration>,
    pub(crate) body_limit: usize,
    pub(crate) tell: Option<Tell>,
}

/// Is told of each retry.
pub(crate) type Tell = Arc<dyn Fn(&Event) + Send + Sync>;

/// The policy that a filter makes for each request.
pub type FilterPolicy = Policy<Within<Attempts<Constant>>, FilterClassifier, Unlimited, FilterObserver>;

impl RetryFilter {
    /// Bytes of a request body that are kept for another attempt unless the filter says otherwise: 64 KiB.
    pub const BODY_LIMIT: usize = 64 * 1024;

    /// The route that this filter belongs to, if it was said.
    #[must_use]
    pub fn route_id(&self) -> Option<&str> {
        self.route_id.as_deref()
    }

    /// Retries at most: 3 retries are 4 attempts.
    #[must_use]
    pub const fn retries(&self) -> u32 {
        self.retries
    }

    /// The methods that are retried.
    #[must_use]
    pub const fn methods(&self) -> &Methods {
        &self.methods
    }

    /// No wait before a retry ends this long after the request came, or later; `None` means no limit.
    #[must_use]
    pub const fn timeout(&self) -> Option<Duration> {
        self.timeout
    }

    /// Bytes of a request body that are kept for another attempt.
    #[must_use]
    pub const fn body_limit(&self) -> usize {
        self.body_limit
    }

    /// Attempts at most for a request with this method.
    pub(crate) fn attempts(&self, method: &Method) -> u32 {
        if self.methods.contains(method) { self.retries.saturating_add(1) } else { 1 }
    }

    /// The policy for one request with this method.
    pub(crate) fn policy(&self, method: &Method) -> FilterPolicy {
        // Spring allows a retry that starts exactly at its time-out, ours ends just before.
        let limit = self.timeout.map_or(Duration::MAX, |limit| limit.saturating_add(Duration::from_nanos(1)));
        let backoff = constant(Duration::ZERO).retries(self.retries).within(limit);
        let classifier = FilterClassifier::new(Arc::clone(&self.rules), self.methods.contains(method));
        Policy::new(backoff)
            .classify(classifier)
            .observe(FilterObserver(self.tell.clone()))
            .max_hint(Duration::MAX)
    }
}

impl fmt::Display for RetryFilter {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Rules { series, statuses, exceptions, .. } = &*self.rules;
        write!(f, "Retry(retries {}, series ", self.retries)?;
        crate::list::write(f, series)?;
        write!(f, ", statuses {statuses}, methods {}, exceptions ", self.methods)?;
        crate::list::write(f, exceptions)?;
        match self.rules.backoff {
            Some(backoff) => write!(f, ", {backoff}")?,
            None => f.write_str(", no backoff")?,
        }
        if let Some(jitter) = self.rules.jitter {
            write!(f, ", {jitter}")?;
        }
        if let Some(timeout) = self.timeout {
            write!(f, ", timeout {timeout:?}")?;
        }
        f.write_str(")")
    }
}

impl fmt::Debug for RetryFilter {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

/// Tells the listener of a filter, if it has one.
#[derive(Clone)]
pub struct FilterObserver(Option<Tell>);

impl Observer for FilterObserver {
    fn observe(&self, event: &Event) {
        if let (Some(tell), Decision::Retry(_)) = (&self.0, event.decision) {
            tell(event);
        }
    }

    fn clock(&self) -> Clock {
        if self.0.is_some() { Clock::Read } else { Clock::Unused }
    }
}

impl fmt::Debug for FilterObserver {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(if self.0.is_some() { "FilterObserver(listening)" } else { "FilterObserver(silent)" })
    }
}
