//! [`FilterClassifier`]: judges the outcomes of one request by the lists and predicates of its filter.

use std::cell::Cell;
use std::error::Error;
use std::fmt;
use std::sync::Arc;

use http::{HeaderMap, Response, StatusCode};
use persevere::{Classifier, Hint, Kind, Verdict};

use crate::exception::Exception;
use crate::failure::TransportFailure;
use crate::spring_backoff::{Delays, SpringBackoff, SpringJitter};
use crate::status::{Series, Statuses};

/// The head of a response, as a predicate sees it.
#[derive(Clone, Copy, Debug)]
#[non_exhaustive]
pub struct Head<'a> {
    /// The status code.
    pub status: StatusCode,
    /// The headers.
    pub headers: &'a HeaderMap,
    /// What services have attached to the response.
    pub extensions: &'a http::Extensions,
}

/// Says of the head of a response whether it is worth another attempt.
pub(crate) type ResponsePredicate = Arc<dyn Fn(Head<'_>) -> bool + Send + Sync>;

/// Says of an error whether it is worth another attempt.
pub(crate) type ErrorPredicate = Arc<dyn Fn(&(dyn Error + 'static)) -> bool + Send + Sync>;

/// What is worth another attempt, and after which delay: the part of a filter that a classifier reads.
#[derive(Clone, Default)]
pub(crate) struct Rules {
    pub(crate) series: Vec<Series>,
    pub(crate) statuses: Statuses,
    pub(crate) exceptions: Vec<Exception>,
    pub(crate) on_response: Option<ResponsePredicate>,
    pub(crate) on_error: Option<ErrorPredicate>,
    pub(crate) backoff: Option<SpringBackoff>,
    pub(crate) jitter: Option<SpringJitter>,
}

impl Rules {
    fn response(&self, head: Head<'_>) -> bool {
        self.statuses.contains(head.status)
            || self.series.iter().any(|series| series.contains(head.status))
            || self.on_response.as_ref().is_some_and(|predicate| predicate(head))
    }

    fn error(&self, error: &(dyn Error + 'static), failure: Option<TransportFailure>) -> bool {
        let listed = |failure| self.exceptions.iter().any(|exception| exception.covers(failure));
        // An attempt that lost its body to a newer one, or whose own body failed, is not the upstream's fault.
        failure != Some(TransportFailure::Local)
            && (failure.is_some_and(listed)
                || self.on_error.as_ref().is_some_and(|predicate| predicate(error)))
    }
}

/// Judges the outcomes of one request by the lists and predicates of its filter.
///
/// It counts the delays of this request, those after responses and those after errors apart, as Spring does:
/// a response starts the errors' delays anew. One classifier therefore serves one request.
pub struct FilterClassifier {
    rules: Arc<Rules>,
    /// Whether the filter retries requests with this method at all.
    method_listed: bool,
    after_responses: Cell<Delays>,
    after_errors: Cell<Delays>,
}

impl FilterClassifier {
    pub(crate) fn new(rules: Arc<Rules>, method_listed: bool) -> Self {
        Self { rules, method_listed, after_responses: Cell::default(), after_errors: Cell::default() }
    }

    fn retry(&self, kind: Kind, delays: &Cell<Delays>) -> Verdict {
        let verdict = Verdict::retry_as(kind);
        let Some(backoff) = self.rules.backoff else { return verdict };
        let mut state = delays.get();
        let delay = state.next(backoff, self.rules.jitter, persevere::random_word());
        delays.set(state);
        verdict.with_hint(Hint::Exactly(delay))
    }
}

impl<B, E: Error + 'static> Classifier<Result<Response<B>, E>> for FilterClassifier {
    fn classify(&self, outcome: &Result<Response<B>, E>) -> Verdict {
        match outcome {
            Ok(response) => {
                let head = Head {
                    status: response.status(),
                    headers: response.headers(),
                    extensions: response.extensions(),
                };
                if !self.method_listed || !self.rules.response(head) {
                    return Verdict::Accept;
                }
                self.after_errors.set(Delays::default());
                self.retry(Kind::Transient, &self.after_responses)
            }
            Err(error) => {
                if !self.method_listed {
                    return Verdict::Reject;
                }
                let failure = TransportFailure::of(error);
                if !self.rules.error(error, failure) {
                    return Verdict::Reject;
                }
                let kind = match failure {
                    Some(TransportFailure::NotSent) => Kind::NotSent,
                    _ => Kind::Transient,
                };
                self.retry(kind, &self.after_errors)
            }
        }
    }
}

impl fmt::Debug for FilterClassifier {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("FilterClassifier").field("method_listed", &self.method_listed).finish_non_exhaustive()
    }
}
