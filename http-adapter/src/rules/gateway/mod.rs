//! [`GatewayRules`]: the rules for requests that a gateway may send again.

mod rule_set;
#[cfg(test)]
mod tests;

use std::fmt;
use std::time::Duration;

use http::{HeaderMap, Method, StatusCode};
use persevere::{Hint, Kind, Verdict};

use super::grpc::{GrpcCodes, forbids_another};
use super::request::has_key;
use super::{Head, Outcome, RequestFacts, Row, Ruling};
use crate::failure::TransportFailure;
use crate::method::Methods;
use crate::rate_limit::rate_limit_reset;
use crate::retry_after::retry_after;
use crate::status::Statuses;

/// A decision table that sends again only what may safely be sent again.
///
/// A request that certainly was not processed may be sent again with any method. A request that may have been processed is sent again
/// only if it is idempotent, because a proxy must not repeat other requests by itself
/// ([RFC 9110, 9.2.2](https://www.rfc-editor.org/rfc/rfc9110#section-9.2.2)). Each setting allows more.
///
/// A final response of a server in trouble is rejected. It comes back unchanged, but does not pay a budget back like a success. Such a
/// response has a 5xx or, unless the request asks for another protocol, a status of the list.
///
/// ```
/// use http::{HeaderMap, Method, Response};
/// use persevere::Verdict;
/// use persevere_http::{GatewayRules, Outcome, Row};
///
/// let rules = GatewayRules::default();
/// let busy: Result<_, std::io::Error> = Ok(Response::builder().status(503).body(()).unwrap());
///
/// let get = rules.facts(&Method::GET, &HeaderMap::new());
/// let ruling = rules.rule(get, Outcome::from(&busy));
/// assert_eq!((ruling.row, ruling.verdict), (Some(Row::Status), Verdict::retry()));
///
/// let post = rules.facts(&Method::POST, &HeaderMap::new());
/// let ruling = rules.rule(post, Outcome::from(&busy));
/// assert_eq!((ruling.row, ruling.verdict), (Some(Row::StatusUnsafe), Verdict::Reject));
/// ```
#[derive(Clone, Debug)]
#[must_use = "rules do nothing by themselves"]
pub struct GatewayRules {
    statuses: Statuses,
    idempotent: Methods,
    settings: Settings,
    grpc_codes: GrpcCodes,
}

#[derive(Clone, Copy, Debug, Default)]
#[expect(clippy::struct_excessive_bools, reason = "each is a setting of its own")]
struct Settings {
    idempotency_key: bool,
    non_idempotent: bool,
    bad_head: bool,
    throttled_non_idempotent: bool,
    rate_limit: bool,
    sends_once: bool,
}

impl Default for GatewayRules {
    /// Retries 408, 429, 502, 503 and 504 for idempotent methods. All switches are off.
    fn default() -> Self {
        let statuses = [408..=408, 429..=429, 502..=504].into_iter().collect();
        Self {
            statuses,
            idempotent: Methods::default(),
            settings: Settings::default(),
            grpc_codes: GrpcCodes::default(),
        }
    }
}

impl GatewayRules {
    /// Sets the status codes to retry, instead of 408, 429, 502, 503 and 504.
    pub fn statuses(self, statuses: impl IntoIterator<Item = StatusCode>) -> Self {
        self.status_ranges(statuses.into_iter().collect())
    }

    /// Sets the status codes to retry, as ranges.
    pub fn status_ranges(self, statuses: Statuses) -> Self {
        Self { statuses, ..self }
    }

    /// Treats further methods as idempotent, in addition to those that are by definition.
    pub fn idempotent(self, methods: impl IntoIterator<Item = Method>) -> Self {
        Self { idempotent: methods.into_iter().collect(), ..self }
    }

    /// Treats requests with an `Idempotency-Key` header as idempotent. Off by default.
    ///
    /// Enable this only if the upstream honours the key
    /// ([draft-ietf-httpapi-idempotency-key-header](https://datatracker.ietf.org/doc/draft-ietf-httpapi-idempotency-key-header/)).
    /// A request with several keys or an empty key is not treated as idempotent.
    pub const fn idempotency_key(mut self, counts: bool) -> Self {
        self.settings.idempotency_key = counts;
        self
    }

    /// Sends requests that are not idempotent again after a broken connection. Off by default.
    ///
    /// This includes responses that did not come in time. The server may process such a request twice.
    pub const fn non_idempotent(mut self, again: bool) -> Self {
        self.settings.non_idempotent = again;
        self
    }

    /// Sends idempotent requests again after a response that is not valid HTTP. Off by default.
    pub const fn bad_head(mut self, again: bool) -> Self {
        self.settings.bad_head = again;
        self
    }

    /// Sends requests that are not idempotent again after a 429 or 503 with `Retry-After`. Off by default.
    ///
    /// Such a response usually means that nothing was processed. The setting has no effect if the client may have followed a
    /// redirect: see [`sends_once`](Self::sends_once).
    pub const fn throttled_non_idempotent(mut self, again: bool) -> Self {
        self.settings.throttled_non_idempotent = again;
        self
    }

    /// States that the client sends each request once. Off by default.
    ///
    /// Such a client follows no redirects, and resends a request by itself only if the server has not processed it.
    ///
    /// A client that follows a redirect reports only the request after the redirect. The server that redirected has already
    /// processed the request, so "nothing was sent", "refused unprocessed", 421 and 425 do not prove that nothing happened. Without
    /// this setting, a request that is not idempotent therefore comes back as [`Row::PerhapsSent`]. A retry of any other request
    /// costs the budget the usual amount. [`throttled_non_idempotent`](Self::throttled_non_idempotent) depends on this setting, too.
    ///
    /// ```
    /// use http::{HeaderMap, Method};
    /// use persevere_http::{GatewayRules, Outcome, Row};
    /// use std::io::{Error, ErrorKind};
    ///
    /// let refused = Error::from(ErrorKind::ConnectionRefused);
    /// let row = |rules: GatewayRules| {
    ///     let post = rules.facts(&Method::POST, &HeaderMap::new());
    ///     rules.rule(post, Outcome::Error(&refused)).row
    /// };
    /// assert_eq!(row(GatewayRules::default()), Some(Row::PerhapsSent));             // comes back
    /// assert_eq!(row(GatewayRules::default().sends_once(true)), Some(Row::NotSent)); // is sent again
    /// ```
    pub const fn sends_once(mut self, once: bool) -> Self {
        self.settings.sends_once = once;
        self
    }

    /// Follows `RateLimit` and `X-RateLimit-Reset` if there is no `Retry-After`. Off by default.
    ///
    /// See [`rate_limit_reset`].
    pub const fn rate_limit(mut self, follow: bool) -> Self {
        self.settings.rate_limit = follow;
        self
    }

    /// Sets the gRPC codes to retry with any method, such as 14 for `UNAVAILABLE`. None by default.
    ///
    /// The code is `grpc-status` in the head of a response, or in trailers that [`PeekTrailersLayer`](crate::PeekTrailersLayer) has
    /// read. Codes above 31 are ignored. `grpc-retry-pushback-ms` sets the wait. A negative pushback ends the retries after any
    /// response, even if no codes are listed.
    pub fn grpc_codes(self, codes: impl IntoIterator<Item = u8>) -> Self {
        Self { grpc_codes: codes.into_iter().collect(), ..self }
    }

    /// Reads the facts about a request that these rules need.
    #[must_use]
    pub fn facts(&self, method: &Method, headers: &HeaderMap) -> RequestFacts {
        let keyed = self.settings.idempotency_key && has_key(headers);
        RequestFacts::new(method, headers, keyed || self.idempotent.contains(method))
    }

    /// Returns the ruling on the outcome of an attempt.
    #[must_use]
    pub fn rule(&self, request: RequestFacts, outcome: Outcome<'_>) -> Ruling {
        match (outcome.failure(), outcome) {
            (Some(failure), _) => self.failure(request, failure),
            (None, Outcome::Response(head)) => self.response(request, head),
            (None, Outcome::Error(_)) => Ruling::silent(Verdict::Reject),
        }
    }

    fn failure(&self, request: RequestFacts, failure: TransportFailure) -> Ruling {
        let idempotent = request.idempotent && !request.upgrade;
        let again = self.settings.non_idempotent && !request.upgrade;
        let verdict = |retried: bool| if retried { Verdict::retry() } else { Verdict::Reject };
        match failure {
            TransportFailure::AfterHead => Ruling::new(Row::HeadPassedOn, Verdict::Reject),
            TransportFailure::Local => Ruling::new(Row::Local, Verdict::Reject),
            TransportFailure::NotSent => self.unprocessed(request, Row::NotSent, self.not_sent()),
            TransportFailure::Refused => self.unprocessed(request, Row::Refused, self.not_sent()),
            TransportFailure::ReusedClosed if idempotent => {
                let at_once = Hint::Exactly(Duration::ZERO);
                Ruling::new(Row::ReusedClosed, Verdict::retry().with_hint(at_once))
            }
            TransportFailure::BeforeHead if idempotent => Ruling::new(Row::BeforeHead, Verdict::retry()),
            TransportFailure::ReusedClosed | TransportFailure::BeforeHead => {
                Ruling::new(Row::BeforeHeadUnsafe, verdict(again))
            }
            TransportFailure::HeadTimeout if idempotent => Ruling::new(Row::HeadTimeout, Verdict::retry()),
            TransportFailure::HeadTimeout => Ruling::new(Row::HeadTimeoutUnsafe, verdict(again)),
            TransportFailure::BadHead => {
                Ruling::new(Row::BadHead, verdict(idempotent && self.settings.bad_head))
            }
        }
    }

    /// Returns the ruling on a request that the last exchange did not process.
    ///
    /// If the client may have sent the request before, an earlier exchange of the same attempt may have processed it.
    const fn unprocessed(&self, request: RequestFacts, row: Row, verdict: Verdict) -> Ruling {
        let Settings { sends_once, non_idempotent, .. } = self.settings;
        if sends_once || ((request.idempotent || non_idempotent) && !request.upgrade) {
            Ruling::new(row, verdict)
        } else {
            Ruling::new(Row::PerhapsSent, Verdict::Reject)
        }
    }

    /// Returns the verdict for another attempt. Its kind is `NotSent` only if the client sends once.
    const fn not_sent(&self) -> Verdict {
        Verdict::retry_as(if self.settings.sends_once { Kind::NotSent } else { Kind::Transient })
    }

    fn response(&self, request: RequestFacts, head: Head<'_>) -> Ruling {
        if request.upgrade {
            return Ruling::passed_on(head.status);
        }
        if let Some(ruling) = self.grpc_codes.rule(head) {
            return ruling;
        }
        match head.status {
            StatusCode::MISDIRECTED_REQUEST => self.unprocessed(request, Row::Misdirected, self.again(head)),
            StatusCode::TOO_EARLY if request.early_data => Ruling::new(Row::TooEarly, Verdict::Reject),
            StatusCode::TOO_EARLY => self.unprocessed(request, Row::TooEarly, self.again(head)),
            status if !self.statuses.contains(status) => Ruling::passed_on(status),
            _ if request.idempotent => Ruling::new(Row::Status, self.again(head)),
            StatusCode::TOO_MANY_REQUESTS | StatusCode::SERVICE_UNAVAILABLE
                if self.settings.throttled_non_idempotent && self.wait(head).is_some() =>
            {
                self.unprocessed(request, Row::StatusUnsafe, self.again(head))
            }
            _ => Ruling::new(Row::StatusUnsafe, Verdict::Reject),
        }
    }

    /// Returns the verdict for another attempt, after the wait that the response asks for.
    ///
    /// If the pushback forbids another attempt, the hint says so.
    fn again(&self, head: Head<'_>) -> Verdict {
        if forbids_another(head) {
            return Verdict::retry().with_hint(Hint::Never);
        }
        let wait = self.wait(head);
        let is_throttled = head.status == StatusCode::TOO_MANY_REQUESTS || wait.is_some();
        let verdict = Verdict::retry_as(if is_throttled { Kind::Throttled } else { Kind::Transient });
        wait.map_or(verdict, |wait| verdict.with_hint(Hint::AtLeast(wait)))
    }

    fn wait(&self, head: Head<'_>) -> Option<Duration> {
        let limits = || if self.settings.rate_limit { rate_limit_reset(head.headers) } else { None };
        retry_after(head.headers).or_else(limits)
    }
}

impl fmt::Display for GatewayRules {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { statuses, idempotent, settings, grpc_codes } = self;
        write!(f, "gateway, statuses {statuses}")?;
        if !idempotent.is_empty() {
            write!(f, ", idempotent {idempotent}")?;
        }
        for (name, is_set) in [
            ("idempotency key", settings.idempotency_key),
            ("non-idempotent", settings.non_idempotent),
            ("bad heads", settings.bad_head),
            ("throttled non-idempotent", settings.throttled_non_idempotent),
            ("rate limits", settings.rate_limit),
            ("sends once", settings.sends_once),
        ] {
            if is_set {
                write!(f, ", {name}")?;
            }
        }
        if grpc_codes.is_empty() { Ok(()) } else { write!(f, ", gRPC codes {grpc_codes}") }
    }
}
