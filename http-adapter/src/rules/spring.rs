//! [`SpringRules`]: the lists and predicates of Spring's filter.

use std::error::Error;
use std::fmt;
use std::sync::Arc;
use std::time::Duration;

use persevere::{DEFAULT_MAX_HINT, Hint, Kind, Verdict};

use super::grpc::{GrpcCodes, forbids_another};
use super::{Head, Outcome, Row, Ruling};
use crate::exception::Exception;
use crate::failure::TransportFailure;
use crate::method::Methods;
use crate::retry_after::retry_after;
use crate::spring_backoff::{SpringBackoff, SpringJitter};
use crate::status::{Series, Statuses};

/// Says of the head of a response whether it is worth another attempt.
pub(crate) type ResponsePredicate = Arc<dyn Fn(Head<'_>) -> bool + Send + Sync>;

/// Says of an error whether it is worth another attempt.
pub(crate) type ErrorPredicate = Arc<dyn Fn(&(dyn Error + 'static)) -> bool + Send + Sync>;

/// The lists and predicates of Spring's filter.
#[derive(Clone, Default)]
pub(crate) struct SpringRules {
    pub(crate) methods: Methods,
    pub(crate) series: Vec<Series>,
    pub(crate) statuses: Statuses,
    pub(crate) exceptions: Vec<Exception>,
    pub(crate) grpc_codes: GrpcCodes,
    pub(crate) on_response: Option<ResponsePredicate>,
    pub(crate) on_error: Option<ErrorPredicate>,
    pub(crate) backoff: Option<SpringBackoff>,
    pub(crate) jitter: Option<SpringJitter>,
    /// The longest wait that a response may ask for. `None` ignores what responses ask for.
    pub(crate) retry_after: Option<Duration>,
}

impl SpringRules {
    /// Returns the ruling on an outcome, for a request whose method is listed.
    ///
    /// The delay is not part of the ruling.
    pub(crate) fn rule(&self, outcome: Outcome<'_>) -> Ruling {
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

    /// Returns the hint for the wait after `outcome`, given the `verdict` of the rules.
    ///
    /// The pushback of gRPC comes first. Otherwise, the hint is the longer one of the filter's `own` wait and the wait that the
    /// response asks for.
    pub(crate) fn hint(&self, outcome: Outcome<'_>, verdict: Verdict, own: Option<Duration>) -> Option<Hint> {
        if let Verdict::Retry { hint: Some(hint), .. } = verdict {
            let longest = self.retry_after.unwrap_or(DEFAULT_MAX_HINT);
            let is_too_long = matches!(hint, Hint::Exactly(wait) if wait > longest);
            return Some(if is_too_long { Hint::Never } else { hint });
        }
        let asked = match outcome {
            Outcome::Response(head) if self.retry_after.is_some() => retry_after(head.headers),
            _ => None,
        };
        match asked {
            None => own.map(Hint::Exactly),
            asked if asked > self.retry_after => Some(Hint::Never),
            asked => asked.max(own).map(Hint::Exactly),
        }
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

#[cfg(test)]
mod tests {
    use http::Response;

    use super::*;

    #[test]
    fn an_answer_for_a_failure_is_judged_by_the_exceptions_alone() {
        let series = vec![Series::ServerError];
        let rules = SpringRules { series, exceptions: vec![Exception::Connect], ..SpringRules::default() };
        let rule = |failure: Option<TransportFailure>| {
            let mut answer = Response::builder().status(502).body(()).expect("valid");
            if let Some(failure) = failure {
                answer.extensions_mut().insert(failure);
            }
            rules.rule(Outcome::Response(Head::of(&answer)))
        };
        assert_eq!(rule(None), Ruling::new(Row::Listed, Verdict::retry()));
        let not_sent = Ruling::new(Row::Listed, Verdict::retry_as(Kind::NotSent));
        assert_eq!(rule(Some(TransportFailure::NotSent)), not_sent);
        assert_eq!(rule(Some(TransportFailure::HeadTimeout)), Ruling::silent(Verdict::Reject));
        assert_eq!(rule(Some(TransportFailure::Local)), Ruling::new(Row::Local, Verdict::Reject));
    }

    #[test]
    fn the_longer_wait_counts_of_the_filter_and_of_the_response() {
        let rules = SpringRules { retry_after: Some(Duration::from_secs(5)), ..SpringRules::default() };
        for (asked, own, expected) in [
            (None, None, None),
            (None, Some(2), Some(Hint::Exactly(Duration::from_secs(2)))),
            (Some(3), None, Some(Hint::Exactly(Duration::from_secs(3)))),
            (Some(3), Some(2), Some(Hint::Exactly(Duration::from_secs(3)))),
            (Some(1), Some(2), Some(Hint::Exactly(Duration::from_secs(2)))),
            (Some(6), Some(2), Some(Hint::Never)),
        ] {
            let mut response = Response::new(());
            response.headers_mut().extend(asked.map(|asked: u64| (http::header::RETRY_AFTER, asked.into())));
            let outcome = Outcome::Response(Head::of(&response));
            let hint = rules.hint(outcome, Verdict::retry(), own.map(Duration::from_secs));
            assert_eq!(hint, expected, "{asked:?} {own:?}");
        }
    }

    #[test]
    fn no_predicate_makes_what_has_begun_be_sent_again() {
        let rules = SpringRules { on_error: Some(Arc::new(|_| true)), ..SpringRules::default() };
        let cut = crate::failure::AfterHead::new(std::io::Error::other("cut"));
        let rejected = Ruling::new(Row::HeadPassedOn, Verdict::Reject);
        assert_eq!(rules.rule(Outcome::Error(&cut)), rejected);
        let odd = std::io::Error::other("odd");
        assert_eq!(rules.rule(Outcome::Error(&odd)), Ruling::new(Row::Listed, Verdict::retry()));
    }
}
