//! [`SpringRules`]: the lists and predicates of Spring's filter, and its waits.

mod rule_set;
#[cfg(test)]
mod tests;

use std::error::Error;
use std::fmt;
use std::sync::Arc;
use std::time::Duration;

use http::{Method, StatusCode};
use persevere::{Hint, Kind, Verdict};

use super::arithmetic::{SpringBackoff, SpringJitter};
use super::exception::Exception;
use super::series::Series;
use crate::failure::TransportFailure;
use crate::method::Methods;
use crate::rules::{GrpcCodes, Head, Outcome, Row, Ruling, forbids_another};
use crate::status::Statuses;

/// Says of the head of a response whether it is worth another attempt.
type ResponsePredicate = Arc<dyn Fn(Head<'_>) -> bool + Send + Sync>;

/// Says of an error whether it is worth another attempt.
type ErrorPredicate = Arc<dyn Fn(&(dyn Error + 'static)) -> bool + Send + Sync>;

/// The rules of Spring Cloud Gateway's filter: lists of methods, statuses and exceptions, and predicates.
///
/// By default, `GET` is retried after a 5xx, a failed connection or a missing response, without a wait. A list replaces its
/// default, as in Spring.
///
/// ```
/// use http::{Method, StatusCode};
/// use persevere_http::{RetryFilter, spring::SpringRules};
///
/// // Only 502 and whatever a header says, for GET and POST.
/// let rules = SpringRules::default()
///     .methods([Method::GET, Method::POST])
///     .series([])
///     .statuses([StatusCode::BAD_GATEWAY])
///     .retry_response(|head| head.headers.contains_key("x-try-again"));
/// let filter = RetryFilter::spring().rules(rules).retries(2).build()?;
/// # let _ = filter; Ok::<(), persevere::Invalid>(())
/// ```
#[derive(Clone)]
#[must_use = "rules do nothing by themselves"]
pub struct SpringRules {
    pub(super) methods: Methods,
    pub(super) series: Vec<Series>,
    pub(super) statuses: Statuses,
    exceptions: Vec<Exception>,
    grpc_codes: GrpcCodes,
    on_response: Option<ResponsePredicate>,
    on_error: Option<ErrorPredicate>,
    pub(super) backoff: Option<SpringBackoff>,
    pub(super) jitter: Option<SpringJitter>,
    /// The longest wait that a response may ask for. `None` ignores what responses ask for.
    max_wait: Option<Duration>,
}

impl Default for SpringRules {
    fn default() -> Self {
        Self {
            methods: [Method::GET].into_iter().collect(),
            series: vec![Series::ServerError],
            statuses: Statuses::default(),
            exceptions: vec![Exception::Io, Exception::Timeout],
            grpc_codes: GrpcCodes::default(),
            on_response: None,
            on_error: None,
            backoff: None,
            jitter: None,
            max_wait: None,
        }
    }
}

impl SpringRules {
    /// Sets the methods that may be retried. `[GET]` by default; must not be empty.
    pub fn methods(self, methods: impl IntoIterator<Item = Method>) -> Self {
        Self { methods: methods.into_iter().collect(), ..self }
    }

    /// Sets the series of status codes to retry. `[ServerError]` by default.
    pub fn series(self, series: impl IntoIterator<Item = Series>) -> Self {
        Self { series: series.into_iter().collect(), ..self }
    }

    /// Sets the status codes to retry in addition to the series. None by default.
    pub fn statuses(self, statuses: impl IntoIterator<Item = StatusCode>) -> Self {
        self.status_ranges(statuses.into_iter().collect())
    }

    /// Sets the status codes to retry in addition to the series, as ranges.
    pub fn status_ranges(self, statuses: Statuses) -> Self {
        Self { statuses, ..self }
    }

    /// Sets the gRPC codes to retry for the listed methods, such as 14 for `UNAVAILABLE`. None by default.
    ///
    /// They are read like [`GatewayRules::grpc_codes`](crate::GatewayRules::grpc_codes). Then `grpc-retry-pushback-ms` is the wait, up
    /// to [`max_wait`](crate::RetryFilterBuilder::max_wait), which is 30 s for it unless set. A negative pushback ends the retries after
    /// any response.
    ///
    /// ```
    /// use http::Method;
    /// use persevere_http::{RetryFilter, spring::SpringRules};
    ///
    /// let rules = SpringRules::default().methods([Method::POST]).grpc_codes([14]);
    /// let filter = RetryFilter::spring().rules(rules).build()?;
    /// # let _ = filter; Ok::<(), persevere::Invalid>(())
    /// ```
    pub fn grpc_codes(self, codes: impl IntoIterator<Item = u8>) -> Self {
        Self { grpc_codes: codes.into_iter().collect(), ..self }
    }

    /// Sets the failures of the transport to retry. `[Io, Timeout]` by default.
    pub fn exceptions(self, exceptions: impl IntoIterator<Item = Exception>) -> Self {
        Self { exceptions: exceptions.into_iter().collect(), ..self }
    }

    /// Also retries responses for which `predicate` is true, if their method is listed.
    pub fn retry_response(self, predicate: impl Fn(Head<'_>) -> bool + Send + Sync + 'static) -> Self {
        Self { on_response: Some(Arc::new(predicate)), ..self }
    }

    /// Also retries errors for which `predicate` is true, if their method is listed.
    ///
    /// Errors that are the fault of the request itself are not retried.
    pub fn retry_error(
        self,
        predicate: impl Fn(&(dyn Error + 'static)) -> bool + Send + Sync + 'static,
    ) -> Self {
        Self { on_error: Some(Arc::new(predicate)), ..self }
    }

    /// Sets the waits between attempts. Without them, the next attempt starts at once, unless the filter has a backoff.
    pub fn backoff(self, backoff: SpringBackoff) -> Self {
        Self { backoff: Some(backoff), ..self }
    }

    /// Spreads the waits of [`backoff`](Self::backoff). Has no effect without them.
    pub fn jitter(self, jitter: SpringJitter) -> Self {
        Self { jitter: Some(jitter), ..self }
    }

    /// Returns the ruling on an outcome, for a request whose method is listed.
    ///
    /// The wait is not part of the ruling.
    fn rule(&self, outcome: Outcome<'_>) -> Ruling {
        match (outcome.failure(), outcome) {
            (None, Outcome::Response(head)) => self.response(head),
            (failure, Outcome::Response(_)) => self.failed(failure, false),
            (failure, Outcome::Error(error)) => {
                self.failed(failure, self.on_error.as_ref().is_some_and(|predicate| predicate(error)))
            }
        }
    }

    fn response(&self, head: Head<'_>) -> Ruling {
        match self.grpc_codes.rule(head) {
            Some(ruling) => ruling,
            None if !self.lists(head) => Ruling::passed_on(head.status),
            None if forbids_another(head) => {
                Ruling::new(Row::Listed, Verdict::retry().with_hint(Hint::Never))
            }
            None => Ruling::new(Row::Listed, Verdict::retry()),
        }
    }

    fn lists(&self, head: Head<'_>) -> bool {
        self.statuses.contains(head.status)
            || self.series.iter().any(|series| series.contains(head.status))
            || self.on_response.as_ref().is_some_and(|predicate| predicate(head))
    }

    /// Returns the ruling on a failure. `predicted` is the answer of the error predicate.
    fn failed(&self, failure: Option<TransportFailure>, predicted: bool) -> Ruling {
        let listed = |failure| self.exceptions.iter().any(|exception| exception.covers(failure));
        match failure {
            // An attempt that lost its body to a newer one, or whose own body failed, is not the upstream's fault.
            Some(TransportFailure::Local) => return Ruling::new(Row::Local, Verdict::Reject),
            Some(TransportFailure::AfterHead) => return Ruling::new(Row::HeadPassedOn, Verdict::Reject),
            Some(failure) if listed(failure) => {}
            _ if predicted => {}
            _ => return Ruling::silent(Verdict::Reject),
        }
        let is_unprocessed = failure.is_some_and(TransportFailure::is_unprocessed);
        let kind = if is_unprocessed { Kind::NotSent } else { Kind::Transient };
        Ruling::new(Row::Listed, Verdict::retry_as(kind))
    }
}

impl fmt::Debug for SpringRules {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("SpringRules").field("methods", &self.methods).finish_non_exhaustive()
    }
}

impl fmt::Display for SpringRules {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("series ")?;
        crate::list::write(f, &self.series)?;
        write!(f, ", statuses {}, methods {}, exceptions ", self.statuses, self.methods)?;
        crate::list::write(f, &self.exceptions)?;
        if !self.grpc_codes.is_empty() {
            write!(f, ", gRPC codes {}", self.grpc_codes)?;
        }
        match self.backoff {
            Some(backoff) => write!(f, ", {backoff}")?,
            None => f.write_str(", no backoff")?,
        }
        self.jitter.map_or(Ok(()), |jitter| write!(f, ", {jitter}"))
    }
}
