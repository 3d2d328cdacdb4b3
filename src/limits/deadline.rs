//! The deadline of a call: the whole rule.
//!
//! 1. [`Within`] sets a deadline in a backoff, [`CallDeadline`] for one call. It travels outwards with the needs, and of several
//!    deadlines the nearest counts.
//! 2. The session asks [`held`] about the delay that would really be slept, and [`remaining`] for what it tells each attempt.
//! 3. Where one of two backoffs decides at a time, neither deadline is that of the call. So each part is asked by [`on_time`].

use std::time::Duration;

use crate::attempt::Failure;
use crate::backoff::{Backoff, BackoffWrapper};
use crate::call_rules::CallRules;
use crate::call_settings::{CallSetting, With};
use crate::clock::Clock;
use crate::decision::{Decision, Reason};
use crate::nanos;
use crate::needs::Needs;
use crate::rust_code::{Code, prints};

/// No sleep ends at or after the limit. Made by
/// [`BackoffExt::within`](crate::BackoffExt::within).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Within<B> {
    pub(crate) inner: B,
    pub(crate) limit: Duration,
}

prints!(Within<B>: |this| "{}.within({})", this.inner, Code(this.limit));

impl<B: Backoff> BackoffWrapper for Within<B> {
    type Inner = B;

    #[inline]
    fn inner(&self) -> &B {
        &self.inner
    }

    /// Knows the delay of the parts inside only, which a jitter or a hint may still change. So it stops by itself only when the
    /// deadline has passed.
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

/// The deadline of a single call, next to that of its policy.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct CallDeadline(Duration);

/// A policy with a deadline of its own. Made by [`Retry::within`](crate::Retry::within).
pub type Bounded<P> = With<P, CallDeadline>;

impl<P> Bounded<P> {
    /// `policy` for a call that stops before a sleep which would end at or after `limit`, beside its own deadline;
    /// [`Duration::MAX`] means no limit.
    #[must_use]
    pub const fn new(policy: P, limit: Duration) -> Self {
        Self::of(policy, CallDeadline(limit))
    }
}

impl CallSetting for CallDeadline {
    #[inline]
    fn rules(&self, rules: CallRules) -> CallRules {
        CallRules { needs: rules.needs.within(self.0), ..rules }
    }
}

/// A backoff is told the time of a call up to 584 years, and a deadline after that is never met.
const LATEST: Duration = Duration::from_nanos(u64::MAX);

/// The rule: a retry whose sleep would end at or after the deadline is a stop, now. [`Duration::MAX`] is no deadline.
#[inline]
pub(crate) fn held(decision: Decision, elapsed: Duration, clock: Clock) -> Decision {
    match (decision, clock) {
        (Decision::Retry(delay), Clock::Deadline(limit))
            if limit != Duration::MAX && elapsed.min(LATEST).saturating_add(delay) >= limit =>
        {
            Decision::Stop(Reason::Deadline)
        }
        (decision, _) => decision,
    }
}

/// What is left for an attempt that starts `elapsed` after the call began, in nanoseconds; [`u64::MAX`] without a deadline. An
/// [attempt timeout](crate::Retry::attempt_timeout) cuts the attempt when it is used up.
#[inline]
pub(crate) const fn remaining(clock: Clock, elapsed: Duration) -> u64 {
    match clock {
        Clock::Deadline(limit) => nanos::of(limit.saturating_sub(elapsed)),
        Clock::Read | Clock::Unused => u64::MAX,
    }
}

/// The decision of a part of a backoff under its own deadline, for a combinator in which another part may decide.
#[inline]
pub(crate) fn on_time(part: &impl Backoff, failure: &Failure) -> Decision {
    match part.decide(failure) {
        Decision::Retry(delay) => {
            let resolved = Decision::Retry(failure.resolved(delay));
            match held(resolved, failure.attempt().elapsed(), part.needs().clock) {
                Decision::Retry(_) => Decision::Retry(delay),
                stop @ Decision::Stop(_) => stop,
            }
        }
        stop @ Decision::Stop(_) => stop,
    }
}
