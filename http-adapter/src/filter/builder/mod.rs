//! [`RetryFilterBuilder`]: a retry filter from code. What either profile has is here, what is its own in `spring` and
//! `gateway` below it.

mod built;
mod gateway;
mod spring;

use std::fmt;
use std::sync::Arc;
use std::time::Duration;

use persevere::{AnyBudget, Event};

use super::settings::{Drain, Settings};
use crate::replay::ReplayPool;

pub use self::built::Built;
pub use self::gateway::Gateway;
pub use self::spring::Spring;

/// Builds a [`RetryFilter`](crate::RetryFilter); made by [`RetryFilter::gateway`](crate::RetryFilter::gateway) and
/// [`RetryFilter::spring`](crate::RetryFilter::spring), with [`Gateway`] or [`Spring`]
/// as its profile.
#[derive(Clone)]
#[must_use = "a builder does nothing until `build`"]
pub struct RetryFilterBuilder<R> {
    profile: R,
    settings: Settings,
}

impl<R> RetryFilterBuilder<R> {
    /// The route that the filter belongs to, for whoever prints it.
    pub fn route_id(mut self, id: impl Into<String>) -> Self {
        self.settings.route_id = Some(id.into());
        self
    }

    /// Retries at most: 3 of them are 4 attempts in all. 3 by default; must be greater than 0.
    pub fn retries(mut self, retries: u32) -> Self {
        self.settings.retries = retries;
        self
    }

    /// The deadline of a request, which Spring calls its time-out: no wait before a retry ends this long after the request
    /// came, or later; in the profile `spring`, it may end exactly then. No limit by default. It cuts no attempt, and not the
    /// time that [`drain`](Self::drain) takes beyond a wait.
    pub fn timeout(mut self, timeout: Duration) -> Self {
        self.settings.timeout = Some(timeout);
        self
    }

    /// Asks `budget` before each retry; all requests of the filter share it, and others that have a clone of it. By default, the
    /// profile `spring` has none, and [`gateway`](crate::RetryFilter::gateway) one; `Unlimited` is none.
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
        self.settings.budget = budget.into();
        self
    }

    /// Bytes of a request body to keep for another attempt; 64 KiB by default. A larger body is still sent, and once any of it
    /// has been read, not sent again.
    pub fn body_limit(mut self, bytes: usize) -> Self {
        self.settings.body_limit = bytes;
        self
    }

    /// What the bodies of all filters that share it may keep together; the [pool of the process](ReplayPool::global) by
    /// default. When it is full, a body is sent on without being kept.
    pub fn replay_pool(mut self, pool: ReplayPool) -> Self {
        self.settings.pool = pool;
        self
    }

    /// Reads a response that another attempt replaces, up to so many bytes and for so long, so that its connection can be
    /// used again; 4 KiB and 50 ms by default. Beyond either it is dropped, as at once with zero bytes. It is read beside the
    /// wait; the attempt after a shorter wait starts only when this has ended.
    pub fn drain(mut self, bytes: u64, time: Duration) -> Self {
        self.settings.drain = Drain { bytes, time };
        self
    }

    /// Whether each request has the headers `x-attempt-count`, counted from 1, and, where there is a time-out,
    /// `x-attempt-remaining-ms`. Off by default. Headers of these names that come from outside are removed then, but for a request
    /// that is left alone.
    pub fn announce(mut self, announce: bool) -> Self {
        self.settings.announce = announce;
        self
    }

    /// Whether a request that has the header `x-attempt-count` is left alone, as one that a gateway before this one sends
    /// again: retries of several in a row multiply. Off by default, since anybody can send the header. In one process,
    /// layers recognise each other without it.
    pub fn trust_announced(mut self, trust: bool) -> Self {
        self.settings.trust_announced = trust;
        self
    }

    /// Whether each response has the header `x-retry`, which is its [`Explanation`](crate::Explanation). Off by default.
    pub fn explain(mut self, explain: bool) -> Self {
        self.settings.explain = explain;
        self
    }

    /// Whether the service inside sends each request once: nothing between the retry layer and the connection follows redirects
    /// or has retries of its own. The profile `gateway` then also sends again what is not idempotent, if nothing of it was
    /// processed: see [`GatewayRules::sends_once`](crate::GatewayRules::sends_once), for which this is another place. The
    /// profile `spring` sends again what it lists. Off by default.
    pub fn sends_once(mut self, once: bool) -> Self {
        self.settings.sends_once = once;
        self
    }

    /// Calls `tell` for each retry, before its wait; replaces the one before, and that of [`observe`](Self::observe).
    pub fn on_retry(self, tell: impl Fn(&Event) + Send + Sync + 'static) -> Self {
        self.observe(move |event| {
            if event.decision.delay().is_some() {
                tell(event);
            }
        })
    }

    /// Calls `tell` with each decision: after each attempt, before the wait if one follows; and once more when the signal of
    /// [`stop_on`](Self::stop_on) ends a wait. Replaces the one before, and that of [`on_retry`](Self::on_retry).
    pub fn observe(mut self, tell: impl Fn(&Event) + Send + Sync + 'static) -> Self {
        self.settings.tell = Some(Arc::new(tell));
        self
    }

    /// Stops retrying once a signal completes: no further wait begins, one that has begun ends at once, and the last response
    /// or error comes back. An attempt whose wait is over is left alone, whether it runs or its service is not ready yet. For a
    /// gateway that shuts down; replaces the one before.
    ///
    /// `signal` is called, and what it returns is boxed, once for each request of which an attempt has failed: it must complete
    /// at once if what it tells of has happened already. The last response is kept during each wait, and so is its connection; it
    /// is read to its end behind the wait instead of beside it.
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

impl<R: fmt::Debug> fmt::Debug for RetryFilterBuilder<R> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("RetryFilterBuilder")
            .field("profile", &self.profile)
            .field("settings", &self.settings)
            .finish()
    }
}
