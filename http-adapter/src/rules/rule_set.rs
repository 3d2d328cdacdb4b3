//! [`RuleSet`]: what a filter asks of its rules. [`Rules`] holds any of them.

use std::fmt;
use std::sync::Arc;
use std::time::Duration;

use http::{HeaderMap, Method};
use persevere::Invalid;

use super::{Course, Drawn, Outcome, RequestFacts, Ruling};

/// Rules as a filter uses them.
pub(crate) trait RuleSet: fmt::Debug + fmt::Display + Send + Sync {
    /// Reads the facts about a request. Returns `None` if it is never sent again.
    fn facts(&self, method: &Method, headers: &HeaderMap) -> Option<RequestFacts>;

    /// Returns the ruling on the outcome of an attempt.
    ///
    /// Its hint is the wait that the rules or the response ask for.
    fn judge(&self, request: RequestFacts, outcome: Outcome<'_>, course: &mut Course) -> Ruling;

    /// Draws the next wait. Returns `None` if the backoff of the filter decides.
    fn draw(&self, drawn: &mut Drawn, word: u64) -> Option<Duration> {
        let _ = (drawn, word);
        None
    }

    /// Returns true if the rules can draw waits. They then also enforce the longest wait.
    fn draws(&self) -> bool {
        false
    }

    /// Returns the settings of a filter that sets none.
    fn defaults(&self) -> Defaults;

    /// Returns the deadline that a filter means by its timeout.
    fn deadline(&self, timeout: Duration) -> Duration {
        timeout
    }

    /// Returns the same rules with the settings of the filter.
    ///
    /// # Errors
    ///
    /// Returns [`Invalid`] if the rules could never send anything again.
    fn completed(&self, settings: RuleSettings) -> Result<Arc<dyn RuleSet>, Invalid>;
}

/// The settings of a filter that sets none.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Defaults {
    /// True if a budget limits the retries of all requests together.
    pub(crate) has_budget: bool,
    /// The longest wait that a response may ask for. `None` ignores what responses ask for.
    pub(crate) max_wait: Option<Duration>,
    /// The spread of the waits that responses ask for.
    pub(crate) wait_spread: Duration,
}

/// The settings of a filter that its rules need.
#[derive(Clone, Copy, Debug)]
pub(crate) struct RuleSettings {
    /// The longest wait that a response may ask for.
    #[cfg_attr(not(feature = "spring"), expect(dead_code, reason = "only the rules of Spring need it"))]
    pub(crate) max_wait: Option<Duration>,
    /// True if the service inside sends each request once.
    pub(crate) sends_once: bool,
}

/// The rules of a filter, such as [`GatewayRules`](crate::GatewayRules).
///
/// [`GatewayRules`](crate::GatewayRules) and, with the feature `spring`, `spring::SpringRules` convert into it.
#[derive(Clone, Debug)]
#[must_use = "rules do nothing by themselves"]
pub struct Rules(pub(crate) Arc<dyn RuleSet>);

impl fmt::Display for Rules {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(&self.0, f)
    }
}
