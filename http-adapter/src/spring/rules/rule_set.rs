//! [`SpringRules`] as the rules of a filter: the waits after an outcome.

use std::sync::Arc;
use std::time::Duration;

use http::{HeaderMap, Method};
use persevere::{DEFAULT_MAX_HINT, Hint, Invalid, Verdict, random_word};

use super::SpringRules;
use crate::retry_after::retry_after;
use crate::rules::{Course, Defaults, Drawn, Outcome, RequestFacts, RuleSet, RuleSettings, Rules, Ruling};

impl RuleSet for SpringRules {
    fn facts(&self, method: &Method, headers: &HeaderMap) -> Option<RequestFacts> {
        let is_listed = *method != Method::CONNECT && self.methods.contains(method);
        is_listed.then(|| RequestFacts::of_upgrade(headers))
    }

    /// Returns the ruling with its hint: the wait of Spring, or the longer one that the response asks for.
    fn judge(&self, _: RequestFacts, outcome: Outcome<'_>, course: &mut Course) -> Ruling {
        let ruling = self.rule(outcome);
        course.row = ruling.row;
        if !matches!(ruling.verdict, Verdict::Retry { .. }) {
            return ruling;
        }
        let own = self.backoff.and_then(|_| self.draw(course.drawn_after(outcome), random_word()));
        let hint = self.hint(outcome, ruling.verdict, own);
        let verdict = hint.map_or(ruling.verdict, |hint| ruling.verdict.with_hint(hint));
        Ruling { verdict, ..ruling }
    }

    fn draw(&self, drawn: &mut Drawn, word: u64) -> Option<Duration> {
        *drawn = self.backoff?.next(*drawn, self.jitter, word);
        Some(drawn.last)
    }

    fn draws(&self) -> bool {
        true
    }

    fn defaults(&self) -> Defaults {
        Defaults { has_budget: false, max_wait: None, wait_spread: Duration::ZERO }
    }

    /// Spring allows a retry that starts exactly at its timeout. A deadline of the session ends just before.
    fn deadline(&self, timeout: Duration) -> Duration {
        timeout.saturating_add(Duration::from_nanos(1))
    }

    fn completed(&self, settings: RuleSettings) -> Result<Arc<dyn RuleSet>, Invalid> {
        if self.methods.is_empty() {
            return Err(Invalid::new("methods", &self.methods, "methods may not be empty"));
        }
        let lists_are_empty = self.series.is_empty()
            && self.statuses.is_empty()
            && self.exceptions.is_empty()
            && self.grpc_codes.is_empty();
        if lists_are_empty && self.on_response.is_none() && self.on_error.is_none() {
            let bound = "series, status and exceptions may not all be empty";
            return Err(Invalid::new("series", "[]", bound));
        }
        Ok(Arc::new(Self { max_wait: settings.max_wait, ..self.clone() }))
    }
}

impl SpringRules {
    /// Returns the hint for the wait after `outcome`, given the `verdict` of the rules.
    ///
    /// The pushback of gRPC comes first. Otherwise, the hint is the longer one of the filter's `own` wait and the wait that the
    /// response asks for.
    pub(super) fn hint(&self, outcome: Outcome<'_>, verdict: Verdict, own: Option<Duration>) -> Option<Hint> {
        if let Verdict::Retry { hint: Some(hint), .. } = verdict {
            let longest = self.max_wait.unwrap_or(DEFAULT_MAX_HINT);
            let is_too_long = matches!(hint, Hint::Exactly(wait) if wait > longest);
            return Some(if is_too_long { Hint::Never } else { hint });
        }
        let asked = match outcome {
            Outcome::Response(head) if self.max_wait.is_some() => retry_after(head.headers),
            _ => None,
        };
        match asked {
            None => own.map(Hint::Exactly),
            asked if asked > self.max_wait => Some(Hint::Never),
            asked if own.is_some() => asked.max(own).map(Hint::Exactly),
            // The waits of the filter, if it has some, count if they are longer.
            asked => asked.map(Hint::AtLeast),
        }
    }
}

impl From<SpringRules> for Rules {
    fn from(rules: SpringRules) -> Self {
        Self(Arc::new(rules))
    }
}
