//! [`GatewayRules`]: what a gateway may send again, and what not.

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

/// What a gateway may send again: the decision table of the profile `gateway`.
///
/// A request that was not processed for certain may be sent again whatever its method; one that may have been processed,
/// only when it is idempotent ([RFC 9110, 9.2.2](https://www.rfc-editor.org/rfc/rfc9110#section-9.2.2): a proxy must not
/// repeat others by itself). Each setting widens that for those who know better. A final response of a server in trouble – a
/// 5xx, or a status of the list unless the request asks for another protocol – is rejected: it comes back as it is, and is no
/// success that would pay a budget back.
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
    /// 408, 429, 502, 503 and 504 are retried for idempotent methods; everything else that is optional is off.
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
    /// The status codes to retry, instead of 408, 429, 502, 503 and 504.
    pub fn statuses(self, statuses: impl IntoIterator<Item = StatusCode>) -> Self {
        self.status_ranges(statuses.into_iter().collect())
    }

    /// As [`statuses`](Self::statuses), by ranges.
    pub fn status_ranges(self, statuses: Statuses) -> Self {
        Self { statuses, ..self }
    }

    /// Methods that count as idempotent here beside those that are by definition.
    pub fn idempotent(self, methods: impl IntoIterator<Item = Method>) -> Self {
        Self { idempotent: methods.into_iter().collect(), ..self }
    }

    /// Whether a request with an `Idempotency-Key` counts as idempotent: only if the upstream heeds the key
    /// ([draft-ietf-httpapi-idempotency-key-header](https://datatracker.ietf.org/doc/draft-ietf-httpapi-idempotency-key-header/)).
    /// A request with several keys, or an empty one, does not. Off unless set.
    pub const fn idempotency_key(mut self, counts: bool) -> Self {
        self.settings.idempotency_key = counts;
        self
    }

    /// Whether requests that are not idempotent are sent again after a connection that ended, or a response that did not
    /// come in time: they may then be processed twice. Off unless set.
    pub const fn non_idempotent(mut self, again: bool) -> Self {
        self.settings.non_idempotent = again;
        self
    }

    /// Whether an idempotent request is sent again after a response that is no HTTP. Off unless set.
    pub const fn bad_head(mut self, again: bool) -> Self {
        self.settings.bad_head = again;
        self
    }

    /// Whether a request that is not idempotent is sent again after a 429 or 503 that says when, by `Retry-After`: such a
    /// response mostly means that nothing was processed. Off unless set, and without effect on a client that may have followed
    /// a redirect: see [`sends_once`](Self::sends_once).
    pub const fn throttled_non_idempotent(mut self, again: bool) -> Self {
        self.settings.throttled_non_idempotent = again;
        self
    }

    /// Whether the client sends each request once: it follows no redirects and does not retry by itself, unless the server has
    /// not processed the request. Off unless set.
    ///
    /// A client that follows a redirect reports what became of the request after the redirect. The server that redirected
    /// has processed the request before, so "nothing was sent", "refused unprocessed", 421 and 425 say nothing about the
    /// whole. Unless this is set, a request that is not idempotent comes back then, as [`Row::PerhapsSent`], and a retry of
    /// any other costs the budget as much as any retry. The same goes for
    /// [`throttled_non_idempotent`](Self::throttled_non_idempotent).
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

    /// Whether `RateLimit` and `X-RateLimit-Reset` are followed as `Retry-After` is, where that is absent; see
    /// [`rate_limit_reset`]. Off unless set.
    pub const fn rate_limit(mut self, follow: bool) -> Self {
        self.settings.rate_limit = follow;
        self
    }

    /// The codes of gRPC to retry, whatever the method, such as 14 for `UNAVAILABLE`; none unless set. Read from
    /// `grpc-status` in the head of a response, or in trailers that [`PeekTrailersLayer`](crate::PeekTrailersLayer) has looked
    /// at; codes above 31 are passed over. `grpc-retry-pushback-ms` is followed.
    /// A negative one ends the retries after any response, whether codes are listed or not.
    pub fn grpc_codes(self, codes: impl IntoIterator<Item = u8>) -> Self {
        Self { grpc_codes: codes.into_iter().collect(), ..self }
    }

    /// What these rules need to know of a request.
    #[must_use]
    pub fn facts(&self, method: &Method, headers: &HeaderMap) -> RequestFacts {
        let keyed = self.settings.idempotency_key && has_key(headers);
        RequestFacts::new(method, headers, keyed || self.idempotent.contains(method))
    }

    /// What follows from the outcome of an attempt at the request.
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

    /// The ruling on a request of which the last exchange has processed nothing. If the client may have sent the request before,
    /// an earlier exchange of the same attempt may have.
    const fn unprocessed(&self, request: RequestFacts, row: Row, verdict: Verdict) -> Ruling {
        let Settings { sends_once, non_idempotent, .. } = self.settings;
        if sends_once || ((request.idempotent || non_idempotent) && !request.upgrade) {
            Ruling::new(row, verdict)
        } else {
            Ruling::new(Row::PerhapsSent, Verdict::Reject)
        }
    }

    /// Another attempt at what was not sent; at what a server may have seen, it is an attempt like any other.
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

    /// Another attempt, not before the response wants it; none if its pushback forbids one.
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
        write!(f, "statuses {statuses}")?;
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
