//! [`FilterPolicy`]: what a filter makes for each request.

use std::cell::Cell;
use std::error::Error;
use std::fmt;
use std::sync::Arc;
use std::time::Duration;

use http::{HeaderMap, Method, Response};
use persevere::{AnyBudget, Backoff, Classifier, Clock, Decision, Event, Parts, Verdict};

use super::RetryFilter;
use super::backoff::FilterBackoff;
use crate::explanation::Explanation;
use crate::reuse::Reuse;
use crate::rules::{Course, Outcome, RequestFacts, Row, Ruling};

/// The policy of one request. It is also the classifier, and takes notes.
pub(crate) struct FilterPolicy {
    filter: Arc<RetryFilter>,
    /// True if an outer layer sends the request again.
    is_inner: bool,
    /// `None` for a request that is never sent again.
    request: Option<RequestFacts>,
    course: Cell<Course>,
    notes: Explanation,
    /// The wait that has begun last.
    wait: Duration,
}

impl FilterPolicy {
    pub(crate) fn new(filter: Arc<RetryFilter>, method: &Method, headers: &HeaderMap) -> Self {
        let request = filter.rules.facts(method, headers);
        Self { request, is_inner: false, ..Self::inner(filter) }
    }

    /// For a request that another layer outside sends again.
    pub(crate) fn inner(filter: Arc<RetryFilter>) -> Self {
        let (course, notes, wait) = (Cell::default(), Explanation::NOTHING, Duration::ZERO);
        Self { filter, is_inner: true, request: None, course, notes, wait }
    }

    pub(crate) fn filter(&self) -> &Arc<RetryFilter> {
        &self.filter
    }

    /// Attempts at most.
    pub(crate) fn attempts(&self) -> u32 {
        if self.request.is_some() { self.filter.retries().saturating_add(1) } else { 1 }
    }

    /// Returns true if the body is kept for another attempt.
    ///
    /// A body after an upgrade may be data of another protocol, so it is not kept.
    pub(crate) fn keeps_body(&self) -> bool {
        self.request.is_some_and(|request| !request.upgrade)
    }

    /// Returns true if each attempt has its number among its headers.
    pub(crate) fn announces(&self) -> bool {
        self.filter.settings.announce && !self.is_inner
    }

    /// Returns the explanation of the response.
    pub(crate) fn explanation(&self) -> Explanation {
        let row = Row::of(self.notes.reason, self.course.get().row);
        Explanation { row, ..self.notes }
    }

    fn judge(&self, request: RequestFacts, outcome: Outcome<'_>) -> Verdict {
        let mut course = self.course.get();
        let ruling = self.filter.rules.judge(request, outcome, &mut course);
        self.course.set(course);
        ruling.verdict
    }
}

impl<B, E: Error + 'static> Classifier<Result<Response<B>, E>> for FilterPolicy {
    fn classify(&self, outcome: &Result<Response<B>, E>) -> Verdict {
        if let Ok(response) = outcome {
            Reuse::note(response.extensions());
        }
        match (self.request, outcome) {
            (Some(request), _) => self.judge(request, Outcome::from(outcome)),
            (None, Ok(response)) => Ruling::passed_on(response.status()).verdict,
            (None, Err(_)) => Verdict::Reject,
        }
    }
}

impl Parts for FilterPolicy {
    type Backoff = FilterBackoff;
    type Classifier = Self;
    type Budget = AnyBudget;

    fn backoff(&self) -> &FilterBackoff {
        &self.filter.backoff
    }

    fn classifier(&self) -> &Self {
        self
    }

    fn budget(&self) -> &AnyBudget {
        &self.filter.budget
    }

    #[inline]
    fn rules(&self) -> persevere::CallRules {
        let mut rules = persevere::CallRules::of(self.filter.backoff.needs());
        rules.max_hint = self.filter.max_hint;
        rules.hint_spread = self.filter.wait_spread;
        rules.observer = if self.filter.settings.tell.is_some() { Clock::Read } else { Clock::Unused };
        rules
    }

    fn observe(&mut self, event: &Event) {
        self.notes.attempts = event.attempt.number();
        match event.decision {
            Decision::Retry(delay) => {
                self.wait = delay;
                self.notes.slept = self.notes.slept.saturating_add(delay);
            }
            Decision::Stop(reason) => {
                self.notes.reason = reason;
                // A signal has ended the wait, nobody knows when.
                if event.verdict.is_none() {
                    self.notes.slept = self.notes.slept.saturating_sub(self.wait);
                }
            }
        }
        if let Some(tell) = &self.filter.settings.tell {
            tell(event);
        }
    }
}

impl fmt::Debug for FilterPolicy {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("FilterPolicy").field("request", &self.request).finish_non_exhaustive()
    }
}
