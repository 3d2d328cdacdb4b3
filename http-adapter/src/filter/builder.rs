//! [`RetryFilterBuilder`]: builds a retry filter in code.

use std::fmt;
use std::sync::Arc;
use std::time::Duration;

use persevere::{AnyBudget, Backoff, Event, Invalid};

use super::RetryFilter;
use super::backoff::Waits;
use super::settings::{Drain, Settings};
use crate::replay::ReplayPool;
use crate::rules::{GatewayRules, Rules};

/// A builder of a [`RetryFilter`].
///
/// [`RetryFilter::gateway`] creates it. What is not set follows from the [rules](Self::rules).
#[derive(Clone)]
#[must_use = "a builder does nothing until `build`"]
pub struct RetryFilterBuilder {
    rules: Rules,
    pub(super) settings: Settings,
    /// The budget of the filter that the builder starts from, if that is the default of its rules.
    inherited: Option<AnyBudget>,
}

impl RetryFilter {
    /// Creates a builder of a filter with [`GatewayRules`], which repeat only what is safe.
    ///
    /// There are 3 retries, after waits that double from 25 ms up to 1 s, with full jitter. `Retry-After` is followed up to 30 s and
    /// spread over half a second more.
    ///
    /// The budget is a tenth of the requests and one retry a second. A request that was never sent takes nothing from it, because it
    /// does not burden the server. Without a budget, three retries for each request can keep an overloaded server down. This happens if
    /// its usual load is more than a quarter of its capacity: see `docs/storms.md` of the repository.
    ///
    /// ```
    /// use http::Method;
    /// use persevere_http::{GatewayRules, RetryFilter};
    ///
    /// let rules = GatewayRules::default().idempotency_key(true).idempotent([Method::PATCH]);
    /// let filter = RetryFilter::gateway().rules(rules).retries(2).build()?;
    /// # let _ = filter; Ok::<(), persevere::Invalid>(())
    /// ```
    pub fn gateway() -> RetryFilterBuilder {
        RetryFilterBuilder::new(GatewayRules::default())
    }

    /// Creates a builder that starts from this filter.
    ///
    /// It adds settings from code to a filter from a text.
    pub fn into_builder(self) -> RetryFilterBuilder {
        let inherited = self.settings.budget.is_none().then_some(self.budget);
        RetryFilterBuilder { rules: self.said, settings: self.settings, inherited }
    }
}

impl RetryFilterBuilder {
    pub(crate) fn new(rules: impl Into<Rules>) -> Self {
        Self { rules: rules.into(), settings: Settings::default(), inherited: None }
    }

    /// Sets the rules, which decide what is sent again.
    ///
    /// [`GatewayRules`] are rules, and with the feature `spring` so are `spring::SpringRules`. Settings that are not set follow from the
    /// new rules. Warnings about the text of earlier rules are dropped.
    pub fn rules(mut self, rules: impl Into<Rules>) -> Self {
        self.rules = rules.into();
        self.inherited = None;
        self.settings.extensions.clear();
        self
    }

    /// Sets the waits between attempts. With [`GatewayRules`], they double from 25 ms up to 1 s by default, with full jitter.
    ///
    /// Limits of `backoff` hold in addition to the limits of the filter. If the rules draw a wait, as `spring::SpringRules` with a
    /// backoff do, their wait counts instead, and only the limits of `backoff` hold.
    pub fn backoff(self, backoff: impl Backoff + Send + Sync + 'static) -> Self {
        self.waits(Waits::Chosen(Arc::new(backoff)))
    }

    pub(crate) fn waits(mut self, waits: Waits) -> Self {
        self.settings.waits = Some(waits);
        self
    }

    /// Sets the longest wait that a response may ask for. 30 s by default with [`GatewayRules`].
    ///
    /// A response that asks for more comes back at once.
    pub fn max_wait(mut self, longest: Duration) -> Self {
        self.settings.max_wait = Some(longest);
        self
    }

    /// Sets the spread of the waits that `Retry-After` asks for. Half a second by default with [`GatewayRules`].
    ///
    /// Each such wait becomes longer by up to `spread`. The pushback of gRPC is followed exactly.
    pub fn wait_spread(mut self, spread: Duration) -> Self {
        self.settings.wait_spread = Some(spread);
        self
    }

    /// Builds the filter.
    ///
    /// # Errors
    ///
    /// Returns [`Invalid`] if `retries` is 0, or if the rules could never send anything again.
    pub fn build(self) -> Result<RetryFilter, Invalid> {
        RetryFilter::new(self.rules, self.settings, self.inherited)
    }

    /// Names the route that the filter belongs to, for printing.
    pub fn route_id(mut self, id: impl Into<String>) -> Self {
        self.settings.route_id = Some(id.into());
        self
    }

    /// Sets the largest number of retries. 3 by default; must be greater than 0.
    ///
    /// With 3 retries, there are at most 4 attempts.
    pub fn retries(mut self, retries: u32) -> Self {
        self.settings.retries = retries;
        self
    }

    /// Sets the deadline of a request, which Spring calls its timeout. No limit by default.
    ///
    /// Every wait before a retry must end less than `timeout` after the request arrived. With the rules of Spring, a wait may also end
    /// exactly then. The deadline does not cut an attempt, and does not limit the time that [`drain`](Self::drain) takes beyond a wait.
    pub fn timeout(mut self, timeout: Duration) -> Self {
        self.settings.timeout = Some(timeout);
        self
    }

    /// Asks a retry budget before each retry.
    ///
    /// All requests of the filter share the budget, and so do other filters with a clone of it. Without one, each [`build`](Self::build)
    /// makes a new default budget. [`GatewayRules`] have a budget by
    /// default; `Unlimited` removes it.
    ///
    /// ```
    /// use persevere::RatioBudget;
    /// use persevere_http::RetryFilter;
    ///
    /// // At most one retry for every five requests, and ten a second beside them, whatever the failure.
    /// let filter = RetryFilter::gateway().budget(RatioBudget::new(0.2, 10)?).build()?;
    /// # let _ = filter; Ok::<(), persevere::Invalid>(())
    /// ```
    pub fn budget(mut self, budget: impl Into<AnyBudget>) -> Self {
        self.settings.budget = Some(budget.into());
        self
    }

    /// Sets how many bytes of a request body are kept for another attempt. 64 KiB by default.
    ///
    /// A larger body is still sent, but not again once any of it has been read.
    pub fn body_limit(mut self, bytes: usize) -> Self {
        self.settings.body_limit = bytes;
        self
    }

    /// Sets the pool that limits the kept bodies of all filters that share it.
    ///
    /// The default is the [pool of the process](ReplayPool::global). If the pool is full, a body is sent without being kept.
    pub fn replay_pool(mut self, pool: ReplayPool) -> Self {
        self.settings.pool = pool;
        self
    }

    /// Sets the limits for reading a response that another attempt replaces. 4 KiB and 50 ms by default.
    ///
    /// Its connection can be used again if the response ends within `bytes` and `time`. Otherwise the response is dropped; with zero
    /// bytes, it is dropped at once. The response is read during the wait. If the wait is shorter, the attempt starts after the reading.
    pub fn drain(mut self, bytes: u64, time: Duration) -> Self {
        self.settings.drain = Drain { bytes, time };
        self
    }

    /// Numbers the attempts in the header `x-attempt-count`, from 1. Off by default.
    ///
    /// If there is a timeout, each attempt also has `x-attempt-remaining-ms`. These headers replace what the client sent, except in a
    /// request that is left alone.
    pub fn announce(mut self, announce: bool) -> Self {
        self.settings.announce = announce;
        self
    }

    /// Leaves a request with the header `x-attempt-count` alone. Off by default.
    ///
    /// A gateway before this one already retries such a request, and retries of several gateways multiply. It is off because any client
    /// can send the header. Layers in one process recognise each other without it.
    pub fn trust_announced(mut self, trust: bool) -> Self {
        self.settings.trust_announced = trust;
        self
    }

    /// Adds the header `x-retry` to each response. Off by default.
    ///
    /// Its value is the [`Explanation`](crate::Explanation) of the response.
    pub fn explain(mut self, explain: bool) -> Self {
        self.settings.explain = explain;
        self
    }

    /// States that the service inside sends each request once. Off by default.
    ///
    /// Nothing between the retry layer and the connection may follow redirects or retry. [`GatewayRules`] then also send requests again
    /// that are not idempotent, if they were not processed. This is the same setting as [`GatewayRules::sends_once`]. With the rules of
    /// Spring, the lists decide.
    pub fn sends_once(mut self, once: bool) -> Self {
        self.settings.sends_once = once;
        self
    }

    /// Calls `tell` for each retry, before its wait.
    ///
    /// Replaces an earlier observer, including one set with [`observe`](Self::observe).
    ///
    /// ```
    /// use persevere_http::RetryFilter;
    ///
    /// let filter = RetryFilter::gateway().on_retry(|event| {
    ///     println!("attempt {} failed: {:?}", event.attempt.number(), event.decision);
    /// });
    /// # let _ = filter.build()?; Ok::<(), persevere::Invalid>(())
    /// ```
    pub fn on_retry(self, tell: impl Fn(&Event) + Send + Sync + 'static) -> Self {
        self.observe(move |event| {
            if event.decision.delay().is_some() {
                tell(event);
            }
        })
    }

    /// Calls `tell` with the decision after each attempt, before the wait.
    ///
    /// If the signal of [`stop_on`](Self::stop_on) ends a wait, `tell` is called once more. Replaces an earlier observer, including one
    /// set with [`on_retry`](Self::on_retry).
    pub fn observe(mut self, tell: impl Fn(&Event) + Send + Sync + 'static) -> Self {
        self.settings.tell = Some(Arc::new(tell));
        self
    }

    /// Stops retrying once a signal completes, for example when a gateway shuts down.
    ///
    /// No further wait begins, and a running wait ends at once. The last response or error comes back. An attempt whose wait is over is
    /// left alone, even if its service is not ready yet. Replaces an earlier signal.
    ///
    /// `signal` is called once for each request with a failed attempt, and its future is boxed. The future must complete at once if the
    /// signal has already come. The last response and its connection are kept during each wait. The response is read to its end after
    /// the wait.
    ///
    /// ```
    /// use persevere_http::RetryFilter;
    ///
    /// let (shut_down, told) = tokio::sync::watch::channel(false);
    /// let filter = RetryFilter::gateway().stop_on(move || {
    ///     let mut told = told.clone();
    ///     async move { drop(told.wait_for(|is_over| *is_over).await) } // also when the sender is gone
    /// });
    /// # let _ = filter.build()?;
    /// shut_down.send_replace(true);
    /// # Ok::<(), persevere::Invalid>(())
    /// ```
    pub fn stop_on<F>(mut self, signal: impl Fn() -> F + Send + Sync + 'static) -> Self
    where
        F: Future<Output = ()> + Send + 'static,
    {
        self.settings.stop = Some(Arc::new(move || Box::pin(signal())));
        self
    }
}

impl fmt::Debug for RetryFilterBuilder {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("RetryFilterBuilder")
            .field("rules", &self.rules)
            .field("settings", &self.settings)
            .finish_non_exhaustive()
    }
}
