//! [`Gateway`]: the profile that sends again what may safely be sent again.

use std::fmt;
use std::sync::Arc;
use std::time::Duration;

use persevere::{AnyBudget, Backoff, BackoffExt, Exponential, Invalid};

use super::RetryFilterBuilder;
use crate::filter::backoff::Waits;
use crate::filter::{RetryFilter, budget};
use crate::rules::{GatewayRules, Rules};

/// The profile that sends again what may safely be sent again.
#[derive(Clone)]
pub struct Gateway {
    rules: GatewayRules,
    waits: Waits,
}

impl RetryFilter {
    /// A builder of a filter that sends again what may safely be sent again, by [`GatewayRules`]: 3 retries, after waits
    /// that double from 25 ms up to 1 s, with full jitter; `Retry-After` is followed up to 30 s and spread over half a
    /// second more.
    ///
    /// Its budget is a tenth of the requests and one retry a second, of which what was never sent takes nothing, as it is no
    /// work for the server. Without one, three retries for each request keep a server down that has had too much to do for a
    /// while, if it is used to more than a quarter of what it can do: `docs/storms.md` of the repository.
    ///
    /// ```
    /// use http::Method;
    /// use persevere_http::{GatewayRules, RetryFilter};
    ///
    /// let rules = GatewayRules::default().idempotency_key(true).idempotent([Method::PATCH]);
    /// let filter = RetryFilter::gateway().rules(rules).retries(2).build()?;
    /// # let _ = filter; Ok::<(), persevere::Invalid>(())
    /// ```
    pub fn gateway() -> RetryFilterBuilder<Gateway> {
        let profile = Gateway { rules: GatewayRules::default(), waits: Waits::gateway() };
        let mut builder = RetryFilterBuilder { profile, settings: super::Settings::default() };
        builder.settings.wait_spread = Duration::from_millis(500);
        builder.settings.budget = default_budget();
        builder
    }
}

/// That of the profile.
fn default_budget() -> AnyBudget {
    budget(None, None).expect("the default is within its bounds").into()
}

impl RetryFilterBuilder<Gateway> {
    /// The rules, instead of the default ones.
    pub fn rules(mut self, rules: GatewayRules) -> Self {
        self.profile.rules = rules;
        self
    }

    /// The waits between attempts, instead of the default ones. Limits of its own hold beside those of the filter.
    pub fn backoff(mut self, backoff: impl Backoff + Send + Sync + 'static) -> Self {
        self.profile.waits = Waits::Chosen(Arc::new(backoff));
        self
    }

    /// Waits that grow as `waits` do up to `cap`, with full jitter.
    pub(crate) fn growing(mut self, waits: Exponential, cap: Duration) -> Self {
        self.profile.waits = Waits::Gateway(waits.capped(cap).full_jitter());
        self
    }

    /// Follows waits that a response asks for up to `longest`, instead of 30 s: with a longer one, the response comes back
    /// at once.
    pub fn max_wait(mut self, longest: Duration) -> Self {
        self.settings.max_wait = longest;
        self
    }

    /// Spreads the waits that a response asks for by `Retry-After` over up to `spread` more, instead of half a second; gRPC's
    /// pushback is followed exactly.
    pub fn wait_spread(mut self, spread: Duration) -> Self {
        self.settings.wait_spread = spread;
        self
    }

    /// The filter.
    ///
    /// # Errors
    ///
    /// [`Invalid`] when `retries` is 0.
    pub fn build(self) -> Result<RetryFilter, Invalid> {
        let Gateway { rules, waits } = self.profile;
        Ok(RetryFilter::new(Rules::Gateway(rules), self.settings.checked()?, waits))
    }
}

impl fmt::Debug for Gateway {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Gateway").field("rules", &self.rules).field("waits", &self.waits).finish()
    }
}
