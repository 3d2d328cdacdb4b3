//! [`FilterPolicy`]: what a filter makes for each request.

use std::cell::Cell;
use std::error::Error;
use std::fmt;
use std::sync::Arc;
use std::time::Duration;

use http::{HeaderMap, Method, Response};
use persevere::{AnyBudget, Classifier, Clock, Decision, Event, Kind, Parts, Verdict};

use super::RetryFilter;
use super::backoff::FilterBackoff;
use crate::explanation::Explanation;
use crate::reuse::Reuse;
use crate::rules::{Outcome, RequestFacts, Row, Rules, Ruling, SpringRules};
use crate::spring_backoff::Delays;

/// Streams that may be refused within one request; see [`Row::Refused`].
const REFUSALS: u8 = 3;

/// What a filter makes for each request: its policy, its own classifier, and notes of what happens.
pub(crate) struct FilterPolicy {
    filter: Arc<RetryFilter>,
    /// Whether another layer outside sends the request again.
    is_inner: bool,
    /// `None` for a request that is never sent again.
    request: Option<RequestFacts>,
    progress: Cell<Progress>,
    notes: Explanation,
    /// The wait that has begun last.
    wait: Duration,
}

/// What the classifier has seen of one request.
#[derive(Clone, Copy, Default)]
struct Progress {
    /// Spring counts the delays after responses and those after errors apart.
    after_responses: Delays,
    after_errors: Delays,
    refused: u8,
    misdirected: bool,
    reused_closed: bool,
    row: Option<Row>,
}

impl FilterPolicy {
    pub(crate) fn new(filter: Arc<RetryFilter>, method: &Method, headers: &HeaderMap) -> Self {
        let request = filter.rules.facts(method, headers);
        Self { request, is_inner: false, ..Self::inner(filter) }
    }

    /// For a request that another layer outside sends again.
    pub(crate) fn inner(filter: Arc<RetryFilter>) -> Self {
        let (progress, notes, wait) = (Cell::default(), Explanation::NOTHING, Duration::ZERO);
        Self { filter, is_inner: true, request: None, progress, notes, wait }
    }

    pub(crate) fn filter(&self) -> &Arc<RetryFilter> {
        &self.filter
    }

    /// Attempts at most.
    pub(crate) fn attempts(&self) -> u32 {
        if self.request.is_some() { self.filter.retries().saturating_add(1) } else { 1 }
    }

    /// Whether the body is kept for another attempt: not if none follows, nor if the request asks for another protocol,
    /// whose data its body may be.
    pub(crate) fn keeps_body(&self) -> bool {
        self.request.is_some_and(|request| !request.upgrade)
    }

    /// Whether each attempt has its number among its headers.
    pub(crate) fn announces(&self) -> bool {
        self.filter.settings.announce && !self.is_inner
    }

    /// What it took.
    pub(crate) fn explanation(&self) -> Explanation {
        let row = Row::of(self.notes.reason, self.progress.get().row);
        Explanation { row, ..self.notes }
    }

    fn judge(&self, request: RequestFacts, outcome: Outcome<'_>) -> Verdict {
        let ruling = self.filter.rules.rule(request, outcome);
        let mut progress = self.progress.get();
        let Ruling { row, verdict } = match &self.filter.rules {
            Rules::Spring(rules) => progress.delayed(rules, ruling, outcome),
            Rules::Gateway(_) => progress.limited(ruling),
        };
        progress.row = row;
        self.progress.set(progress);
        verdict
    }
}

impl Progress {
    /// Spring's delay for what is sent again: a response starts the delays of the errors anew.
    fn delayed(&mut self, rules: &SpringRules, ruling: Ruling, outcome: Outcome<'_>) -> Ruling {
        if !matches!(ruling.verdict, Verdict::Retry { .. }) {
            return ruling;
        }
        let own = rules.backoff.map(|backoff| {
            let delays = if matches!(outcome, Outcome::Response(_)) {
                self.after_errors = Delays::default();
                &mut self.after_responses
            } else {
                &mut self.after_errors
            };
            delays.next(backoff, rules.jitter, persevere::random_word())
        });
        let hint = rules.hint(outcome, ruling.verdict, own);
        let verdict = hint.map_or(ruling.verdict, |hint| ruling.verdict.with_hint(hint));
        Ruling { verdict, ..ruling }
    }

    /// What is allowed only so often within one request.
    fn limited(&mut self, ruling: Ruling) -> Ruling {
        match ruling.row {
            Some(Row::Misdirected) if std::mem::replace(&mut self.misdirected, true) => {
                Ruling { verdict: Verdict::Reject, ..ruling }
            }
            Some(Row::ReusedClosed) if std::mem::replace(&mut self.reused_closed, true) => {
                Ruling::new(Row::BeforeHead, Verdict::retry())
            }
            Some(Row::Refused) => {
                self.refused = self.refused.saturating_add(1);
                let allowed = self.refused <= REFUSALS;
                let verdict = if allowed { Verdict::retry_as(Kind::NotSent) } else { Verdict::Reject };
                Ruling { verdict, ..ruling }
            }
            _ => ruling,
        }
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
        &self.filter.settings.budget
    }

    fn max_hint(&self) -> Duration {
        match self.filter.rules {
            Rules::Spring(_) => Duration::MAX, // its delays are hints
            Rules::Gateway(_) => self.filter.settings.max_wait,
        }
    }

    fn hint_spread(&self) -> Duration {
        self.filter.settings.wait_spread
    }

    fn observer_clock(&self) -> Clock {
        if self.filter.settings.tell.is_some() { Clock::Read } else { Clock::Unused }
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
