//! [`Rules`]: the rules of a filter, whatever they are.

use std::fmt;
use std::sync::Arc;
use std::time::Duration;

use http::{HeaderMap, Method};
use persevere::Invalid;

use super::{Course, Drawn, Outcome, RequestFacts, Ruling};

/// What a filter asks of its rules.
pub(crate) trait RuleSet: fmt::Debug + fmt::Display + Send + Sync {
    /// Reads the facts about a request. Returns `None` if it is never sent again.
    fn facts(&self, method: &Method, headers: &HeaderMap) -> Option<RequestFacts>;

    /// Returns the ruling on the outcome of an attempt, with the wait as its hint if the rules or the response ask for one.
    fn judge(&self, request: RequestFacts, outcome: Outcome<'_>, course: &mut Course) -> Ruling;

    /// Draws the next wait, for rules that have waits of their own. The backoff of the filter decides otherwise.
    fn draw(&self, drawn: &mut Drawn, word: u64) -> Option<Duration> {
        let _ = (drawn, word);
        None
    }

    /// Returns what a filter with these rules has unless it says otherwise.
    fn defaults(&self) -> Defaults;

    /// Returns the deadline that a filter means by its timeout.
    fn deadline(&self, timeout: Duration) -> Duration {
        timeout
    }

    /// Returns the same rules with what the filter says of them.
    ///
    /// # Errors
    ///
    /// Returns [`Invalid`] if the rules could never send anything again.
    fn told(&self, said: Said) -> Result<Arc<dyn RuleSet>, Invalid>;
}

/// What a filter has unless it says otherwise.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Defaults {
    /// Whether a budget limits the retries of all requests together.
    pub(crate) has_budget: bool,
    /// The longest wait that a response may ask for. `None` ignores what responses ask for.
    pub(crate) max_wait: Option<Duration>,
    /// How far the waits that responses ask for are spread.
    pub(crate) wait_spread: Duration,
    /// Whether the rules draw the waits by themselves. They then also hold `max_wait`.
    pub(crate) draws: bool,
}

/// What a filter tells its rules.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Said {
    /// The longest wait that a response may ask for.
    #[cfg_attr(not(feature = "spring"), expect(dead_code, reason = "only the rules of Spring need it"))]
    pub(crate) max_wait: Option<Duration>,
    /// Whether the service inside sends each request once.
    pub(crate) sends_once: bool,
}

/// The rules of a filter, such as [`GatewayRules`](crate::GatewayRules).
///
/// [`RetryFilterBuilder::rules`](crate::RetryFilterBuilder::rules) takes whatever can be turned into them.
#[derive(Clone, Debug)]
#[must_use = "rules do nothing by themselves"]
pub struct Rules(pub(crate) Arc<dyn RuleSet>);

impl fmt::Display for Rules {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(&self.0, f)
    }
}
