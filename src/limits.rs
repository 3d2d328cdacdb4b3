//! Limits: [`Attempts`] counts, [`Within`] watches the clock.

use std::time::Duration;

use crate::attempt::Failure;
use crate::backoff::{Backoff, BackoffWrapper};
use crate::clock::Clock;
use crate::decision::{Decision, Reason};
use crate::needs::Needs;
use crate::rust_code::{Code, prints};

/// At most so many attempts. Made by [`BackoffExt::attempts`](crate::BackoffExt::attempts) and
/// [`BackoffExt::retries`](crate::BackoffExt::retries).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Attempts<B> {
    pub(crate) inner: B,
    pub(crate) most: u32,
}

impl<B: Backoff> BackoffWrapper for Attempts<B> {
    type Inner = B;

    #[inline]
    fn inner(&self) -> &B {
        &self.inner
    }

    #[inline(always)]
    fn decide_around(&self, failure: &Failure) -> Decision {
        if failure.number() >= self.most {
            return Decision::Stop(Reason::Attempts);
        }
        self.inner.decide(failure)
    }
}

/// No sleep ends at or after the limit. Made by
/// [`BackoffExt::within`](crate::BackoffExt::within).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Within<B> {
    pub(crate) inner: B,
    pub(crate) limit: Duration,
}

impl<B: Backoff> BackoffWrapper for Within<B> {
    type Inner = B;

    #[inline]
    fn inner(&self) -> &B {
        &self.inner
    }

    /// Knows the delay of the parts inside only; a jitter or a hint may still change it. The session asks
    /// what the chain [needs](Backoff::needs) and holds the delay that is really slept against the deadline.
    #[inline(always)]
    fn decide_around(&self, failure: &Failure) -> Decision {
        if self.limit != Duration::MAX && failure.attempt().elapsed() >= self.limit {
            return Decision::Stop(Reason::Deadline);
        }
        self.inner.decide(failure)
    }

    #[inline]
    fn adjust(&self, needs: Needs) -> Needs {
        needs.within(self.limit)
    }
}

prints!(Attempts<B>: |this| "{}.attempts({})", this.inner, this.most);
prints!(Within<B>: |this| "{}.within({})", this.inner, Code(this.limit));

/// The decision of a backoff, held against its own deadline: for a combinator in which another part may decide.
#[inline]
pub(crate) fn on_time(backoff: &impl Backoff, failure: &Failure) -> Decision {
    match backoff.decide(failure) {
        Decision::Retry(delay) => {
            let resolved = Decision::Retry(failure.resolved(delay));
            match before_deadline(resolved, failure.attempt().elapsed(), backoff.needs().clock) {
                Decision::Retry(_) => Decision::Retry(delay),
                stop @ Decision::Stop(_) => stop,
            }
        }
        stop @ Decision::Stop(_) => stop,
    }
}

/// The rule of deadlines: a retry whose sleep would end at or after the deadline is a stop, now.
#[inline]
pub(crate) fn before_deadline(decision: Decision, elapsed: Duration, clock: Clock) -> Decision {
    match (decision, clock) {
        (Decision::Retry(delay), Clock::Deadline(limit))
            if limit != Duration::MAX && elapsed.saturating_add(delay) >= limit =>
        {
            Decision::Stop(Reason::Deadline)
        }
        (decision, _) => decision,
    }
}

/// What is left of a limit; [`Duration::MAX`] is none, and stays so.
#[inline]
pub(crate) const fn left(limit: Duration, used: Duration) -> Duration {
    if limit.as_nanos() == Duration::MAX.as_nanos() { limit } else { limit.saturating_sub(used) }
}

/// The rule of the total sleep: a retry whose sleep would be longer than what is left of it is a stop.
#[inline]
pub(crate) fn no_longer_than(left: Duration, decision: Decision) -> Decision {
    match decision {
        Decision::Retry(delay) if delay > left => Decision::Stop(Reason::TotalSleep),
        decision => decision,
    }
}
