//! [`Metrics`]: an observer that counts with the `metrics` facade: with the feature `metrics`.

use std::fmt;

use metrics::{Unit, counter, gauge, histogram};

use crate::clock::Clock;
use crate::decision::Decision;
use crate::observe::{Event, Observer};
use crate::verdict::Verdict;

/// Counts attempts, retries, ends and the time in backoff with the `metrics` facade, labelled with the name of what is
/// retried.
///
/// | metric | kind | labels | what |
/// |---|---|---|---|
/// | `retry.attempts` | counter | `call` | attempts that have ended |
/// | `retry.retries` | counter | `call`, `kind` | retries that were decided on, by the kind of failure |
/// | `retry.ends` | counter | `call`, `reason` | calls that have ended, by [`Reason`](crate::Reason); all but `accepted` gave up |
/// | `retry.delay` | histogram, seconds | `call` | the delays that were decided on; their sum is the time in backoff, but for sleeps that were cut short |
/// | `retry.budget` | gauge | `call` | what was left of a budget at the last decision, as [`budget`](Metrics::budget) tells |
///
/// Nothing of an outcome is among the labels, and none of them can grow without bound. [`Metrics::describe`] tells the
/// recorder units and meanings.
///
/// ```
/// use persevere::{Metrics, Policy, TokenBudget};
///
/// let budget = TokenBudget::default();
/// let fill = budget.clone();
/// let metrics = Metrics::new("load user").budget(move || fill.available());
/// let policy = Policy::default().budget(budget).observe(metrics);
/// # let _ = policy;
/// ```
#[derive(Clone, Copy)]
pub struct Metrics<F = fn() -> f64> {
    call: &'static str,
    fill: Option<F>,
}

impl Metrics {
    /// Metrics of the calls named `call`, which is the value of a label: a few names, not one for each user.
    #[must_use]
    pub const fn new(call: &'static str) -> Self {
        Self { call, fill: None }
    }

    /// Tells the recorder that is installed the units and meanings of all metrics; once, after it is installed.
    pub fn describe() {
        metrics::describe_counter!("retry.attempts", Unit::Count, "attempts that have ended");
        metrics::describe_counter!("retry.retries", Unit::Count, "retries that were decided on");
        metrics::describe_counter!("retry.ends", Unit::Count, "calls that have ended");
        metrics::describe_histogram!("retry.delay", Unit::Seconds, "delays before retries");
        metrics::describe_gauge!("retry.budget", Unit::Count, "retries that are left in the budget");
    }
}

impl<F> Metrics<F> {
    /// Shows also what is left of a budget, as `fill` tells after each decision.
    #[must_use]
    pub fn budget<H: Fn() -> f64>(self, fill: H) -> Metrics<H> {
        Metrics { call: self.call, fill: Some(fill) }
    }
}

impl<F: Fn() -> f64> Observer for Metrics<F> {
    fn observe(&self, event: &Event) {
        let call = self.call;
        if event.verdict.is_some() {
            counter!("retry.attempts", "call" => call).increment(1);
        }
        match (event.decision, event.verdict) {
            (Decision::Retry(delay), Some(Verdict::Retry { kind, .. })) => {
                counter!("retry.retries", "call" => call, "kind" => kind.as_str()).increment(1);
                histogram!("retry.delay", "call" => call).record(delay);
            }
            (Decision::Retry(_), _) => {} // only a verdict to retry is ever followed by one
            (Decision::Stop(reason), _) => {
                counter!("retry.ends", "call" => call, "reason" => reason.as_str()).increment(1);
            }
        }
        if let Some(fill) = &self.fill {
            gauge!("retry.budget", "call" => call).set(fill());
        }
    }

    fn clock(&self) -> Clock {
        Clock::Unused
    }
}

impl<F> fmt::Debug for Metrics<F> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Metrics").field("call", &self.call).field("budget", &self.fill.is_some()).finish()
    }
}
