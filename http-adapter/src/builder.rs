//! [`RetryFilterBuilder`]: a retry filter from code, with Spring's names and defaults.

use std::error::Error;
use std::fmt;
use std::sync::Arc;
use std::time::Duration;

use http::{Method, StatusCode};
use persevere::{Event, Invalid};

use crate::classifier::{Head, Rules};
use crate::exception::Exception;
use crate::filter::{RetryFilter, Tell};
use crate::method::Methods;
use crate::spring_backoff::{SpringBackoff, SpringJitter};
use crate::status::{Series, Statuses};

/// Builds a [`RetryFilter`], starting from Spring's defaults. Lists replace their defaults, as in Spring.
///
/// ```
/// use http::{Method, StatusCode};
/// use persevere_http::{RetryFilter, Series};
///
/// // Only 502 and whatever a header says, for GET and POST.
/// let filter = RetryFilter::builder()
///     .retries(2)
///     .methods([Method::GET, Method::POST])
///     .series([])
///     .statuses([StatusCode::BAD_GATEWAY])
///     .retry_response(|head| head.headers.contains_key("x-try-again"))
///     .build()?;
/// # let _ = (filter, Series::ServerError); Ok::<(), persevere::Invalid>(())
/// ```
#[derive(Clone)]
#[must_use = "a builder does nothing until `build`"]
pub struct RetryFilterBuilder {
    route_id: Option<String>,
    retries: u32,
    methods: Methods,
    rules: Rules,
    timeout: Option<Duration>,
    body_limit: usize,
    tell: Option<Tell>,
}

impl Default for RetryFilterBuilder {
    fn default() -> Self {
        let rules = Rules {
            series: vec![Series::ServerError],
            exceptions: vec![Exception::Io, Exception::Timeout],
            ..Rules::default()
        };
        Self {
            route_id: None,
            retries: 3,
            methods: [Method::GET].into_iter().collect(),
            rules,
            timeout: None,
            body_limit: RetryFilter::BODY_LIMIT,
            tell: None,
        }
    }
}

impl RetryFilter {
    /// A builder with Spring's defaults.
    pub fn builder() -> RetryFilterBuilder {
        RetryFilterBuilder::default()
    }

    /// A builder that starts from this filter, to change what a text has left open.
    pub fn into_builder(self) -> RetryFilterBuilder {
        let Self { route_id, retries, methods, rules, timeout, body_limit, tell } = self;
        let rules = Arc::unwrap_or_clone(rules);
        RetryFilterBuilder { route_id, retries, methods, rules, timeout, body_limit, tell }
    }
}

impl Default for RetryFilter {
    /// Spring's: 3 retries of `GET` after a 5xx, a failed connection or a missing response, without delay.
    fn default() -> Self {
        Self::builder().build().expect("the defaults are within their bounds")
    }
}

impl RetryFilterBuilder {
    /// The route that the filter belongs to, for whoever prints it.
    pub fn route_id(self, id: impl Into<String>) -> Self {
        Self { route_id: Some(id.into()), ..self }
    }

    /// Retries at most: 3 of them are 4 attempts in all. 3 by default; must be greater than 0.
    pub fn retries(self, retries: u32) -> Self {
        Self { retries, ..self }
    }

    /// The methods that may be retried; `[GET]` by default, must not be empty.
    pub fn methods(self, methods: impl IntoIterator<Item = Method>) -> Self {
        Self { methods: methods.into_iter().collect(), ..self }
    }

    /// The series of status codes to retry; `[ServerError]` by default.
    pub fn series(mut self, series: impl IntoIterator<Item = Series>) -> Self {
        self.rules.series = series.into_iter().collect();
        self
    }

    /// Status codes to retry beside the series; none by default.
    pub fn statuses(self, statuses: impl IntoIterator<Item = StatusCode>) -> Self {
        self.status_ranges(statuses.into_iter().collect())
    }

    /// As [`statuses`](Self::statuses), by ranges.
    pub fn status_ranges(mut self, statuses: Statuses) -> Self {
        self.rules.statuses = statuses;
        self
    }

    /// The failures of the transport to retry; `[Io, Timeout]` by default.
    pub fn exceptions(mut self, exceptions: impl IntoIterator<Item = Exception>) -> Self {
        self.rules.exceptions = exceptions.into_iter().collect();
        self
    }

    /// Retries also responses for which `predicate` is true, if their method is listed.
    pub fn retry_response(mut self, predicate: impl Fn(Head<'_>) -> bool + Send + Sync + 'static) -> Self {
        self.rules.on_response = Some(Arc::new(predicate));
        self
    }

    /// Retries also errors for which `predicate` is true, if their method is listed and the request itself is
    /// not at fault.
    pub fn retry_error(
        mut self,
        predicate: impl Fn(&(dyn Error + 'static)) -> bool + Send + Sync + 'static,
    ) -> Self {
        self.rules.on_error = Some(Arc::new(predicate));
        self
    }

    /// Waits between attempts; without it, the next attempt starts at once.
    pub fn backoff(mut self, backoff: SpringBackoff) -> Self {
        self.rules.backoff = Some(backoff);
        self
    }

    /// Spreads the waits; without a backoff it has no effect.
    pub fn jitter(mut self, jitter: SpringJitter) -> Self {
        self.rules.jitter = Some(jitter);
        self
    }

    /// No wait before a retry ends this long after the request came, or later; no limit by default. It cuts no
    /// attempt.
    pub fn timeout(self, timeout: Duration) -> Self {
        Self { timeout: Some(timeout), ..self }
    }

    /// Bytes of a request body to keep for another attempt; 64 KiB by default. A larger body is still sent,
    /// once.
    pub fn body_limit(self, bytes: usize) -> Self {
        Self { body_limit: bytes, ..self }
    }

    /// Calls `tell` for each retry, before its wait; replaces the one before.
    pub fn on_retry(self, tell: impl Fn(&Event) + Send + Sync + 'static) -> Self {
        Self { tell: Some(Arc::new(tell)), ..self }
    }

    /// The filter.
    ///
    /// # Errors
    ///
    /// [`Invalid`] when `retries` is 0, `methods` is empty, or nothing could ever be retried: no series, no
    /// status, no exception and no predicate.
    pub fn build(self) -> Result<RetryFilter, Invalid> {
        let Self { route_id, retries, methods, rules, timeout, body_limit, tell } = self;
        if retries == 0 {
            return Err(Invalid::new("retries", retries, "retries must be greater than 0"));
        }
        if methods.is_empty() {
            return Err(Invalid::new("methods", methods, "methods may not be empty"));
        }
        let lists_are_empty =
            rules.series.is_empty() && rules.statuses.is_empty() && rules.exceptions.is_empty();
        if lists_are_empty && rules.on_response.is_none() && rules.on_error.is_none() {
            let bound = "series, status and exceptions may not all be empty";
            return Err(Invalid::new("series", "[]", bound));
        }
        Ok(RetryFilter { route_id, retries, methods, rules: Arc::new(rules), timeout, body_limit, tell })
    }
}

impl fmt::Debug for RetryFilterBuilder {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("RetryFilterBuilder")
            .field("retries", &self.retries)
            .field("methods", &self.methods)
            .field("timeout", &self.timeout)
            .finish_non_exhaustive()
    }
}
