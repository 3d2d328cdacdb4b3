//! [`Spring`]: the profile that does what Spring Cloud Gateway's filter does.

use std::error::Error;
use std::sync::Arc;
use std::time::Duration;

use http::{Method, StatusCode};
use persevere::Invalid;

use super::{RetryFilterBuilder, Settings};
use crate::exception::Exception;
use crate::filter::RetryFilter;
use crate::filter::backoff::Waits;
use crate::rules::{Head, Rules, SpringRules};
use crate::spring_backoff::{SpringBackoff, SpringJitter};
use crate::status::{Series, Statuses};

/// The profile that does what Spring Cloud Gateway's filter does.
#[derive(Clone, Debug)]
pub struct Spring {
    rules: SpringRules,
}

impl RetryFilter {
    /// A builder of a filter with the names, defaults and arithmetic of Spring's: 3 retries of `GET` after a 5xx, a failed
    /// connection or a missing response, without delay. Lists replace their defaults, as in Spring.
    ///
    /// ```
    /// use http::{Method, StatusCode};
    /// use persevere_http::{RetryFilter, Series};
    ///
    /// // Only 502 and whatever a header says, for GET and POST.
    /// let filter = RetryFilter::spring()
    ///     .retries(2)
    ///     .methods([Method::GET, Method::POST])
    ///     .series([])
    ///     .statuses([StatusCode::BAD_GATEWAY])
    ///     .retry_response(|head| head.headers.contains_key("x-try-again"))
    ///     .build()?;
    /// # let _ = (filter, Series::ServerError); Ok::<(), persevere::Invalid>(())
    /// ```
    pub fn spring() -> RetryFilterBuilder<Spring> {
        let rules = SpringRules {
            methods: [Method::GET].into_iter().collect(),
            series: vec![Series::ServerError],
            exceptions: vec![Exception::Io, Exception::Timeout],
            ..SpringRules::default()
        };
        RetryFilterBuilder { profile: Spring { rules }, settings: Settings::default() }
    }
}

impl RetryFilterBuilder<Spring> {
    /// The methods that may be retried; `[GET]` by default, must not be empty.
    pub fn methods(mut self, methods: impl IntoIterator<Item = Method>) -> Self {
        self.profile.rules.methods = methods.into_iter().collect();
        self
    }

    /// The series of status codes to retry; `[ServerError]` by default.
    pub fn series(mut self, series: impl IntoIterator<Item = Series>) -> Self {
        self.profile.rules.series = series.into_iter().collect();
        self
    }

    /// Status codes to retry beside the series; none by default.
    pub fn statuses(self, statuses: impl IntoIterator<Item = StatusCode>) -> Self {
        self.status_ranges(statuses.into_iter().collect())
    }

    /// As [`statuses`](Self::statuses), by ranges.
    pub fn status_ranges(mut self, statuses: Statuses) -> Self {
        self.profile.rules.statuses = statuses;
        self
    }

    /// The codes of gRPC to retry, such as 14 for `UNAVAILABLE`, of methods that are listed; none by default. They are read as
    /// [`GatewayRules::grpc_codes`](crate::GatewayRules::grpc_codes) reads them, and `grpc-retry-pushback-ms` is then the wait, up to
    /// [`max_wait`](Self::max_wait), which is 30 s for it unless set. A negative pushback ends the retries after any response.
    ///
    /// ```
    /// use http::Method;
    /// use persevere_http::RetryFilter;
    ///
    /// let filter = RetryFilter::spring().methods([Method::POST]).grpc_codes([14]).build()?;
    /// # let _ = filter; Ok::<(), persevere::Invalid>(())
    /// ```
    pub fn grpc_codes(mut self, codes: impl IntoIterator<Item = u8>) -> Self {
        self.profile.rules.grpc_codes = codes.into_iter().collect();
        self
    }

    /// The failures of the transport to retry; `[Io, Timeout]` by default.
    pub fn exceptions(mut self, exceptions: impl IntoIterator<Item = Exception>) -> Self {
        self.profile.rules.exceptions = exceptions.into_iter().collect();
        self
    }

    /// Retries also responses for which `predicate` is true, if their method is listed.
    pub fn retry_response(mut self, predicate: impl Fn(Head<'_>) -> bool + Send + Sync + 'static) -> Self {
        self.profile.rules.on_response = Some(Arc::new(predicate));
        self
    }

    /// Retries also errors for which `predicate` is true, if their method is listed and the request itself is
    /// not at fault.
    pub fn retry_error(
        mut self,
        predicate: impl Fn(&(dyn Error + 'static)) -> bool + Send + Sync + 'static,
    ) -> Self {
        self.profile.rules.on_error = Some(Arc::new(predicate));
        self
    }

    /// Waits between attempts; without it, the next attempt starts at once.
    pub fn backoff(mut self, backoff: SpringBackoff) -> Self {
        self.profile.rules.backoff = Some(backoff);
        self
    }

    /// Spreads the waits; without a backoff it has no effect.
    pub fn jitter(mut self, jitter: SpringJitter) -> Self {
        self.profile.rules.jitter = Some(jitter);
        self
    }

    /// Waits as long as a response asks for by `Retry-After`, if that is longer than the wait would be, up to `longest`; a
    /// response that asks for more comes back at once. Spring's filter does not know the header, and without this neither does
    /// this one.
    pub fn max_wait(mut self, longest: Duration) -> Self {
        self.profile.rules.retry_after = Some(longest);
        self
    }

    /// The filter.
    ///
    /// # Errors
    ///
    /// [`Invalid`] when `retries` is 0, `methods` is empty, or nothing could ever be retried: no series, no
    /// status, no code of gRPC, no exception and no predicate.
    pub fn build(self) -> Result<RetryFilter, Invalid> {
        let (rules, settings) = (self.profile.rules, self.settings.checked()?);
        if rules.methods.is_empty() {
            return Err(Invalid::new("methods", &rules.methods, "methods may not be empty"));
        }
        let lists_are_empty = rules.series.is_empty()
            && rules.statuses.is_empty()
            && rules.exceptions.is_empty()
            && rules.grpc_codes.is_empty();
        if lists_are_empty && rules.on_response.is_none() && rules.on_error.is_none() {
            let bound = "series, status and exceptions may not all be empty";
            return Err(Invalid::new("series", "[]", bound));
        }
        Ok(RetryFilter::new(Rules::Spring(rules), settings, Waits::hints()))
    }
}
