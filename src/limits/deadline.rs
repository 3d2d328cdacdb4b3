//! The deadline of a call: the whole rule.
//!
//! 1. [`Within`] sets a deadline in a backoff, and [`CallDeadline`] sets one for a single call. Deadlines travel outwards with the
//!    needs, and the nearest one counts.
//! 2. The session passes the delay that would really be slept to [`held`]. It tells each attempt the time that is [`remaining`].
//! 3. Where two backoffs take turns to decide, neither deadline is the deadline of the call. Therefore [`on_time`] asks each part.

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

    /// Stops only when the deadline has passed, because a jitter or a hint outside may still change the delay.
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

/// The deadline of a single call, in addition to the deadline of its policy.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct CallDeadline(Duration);

/// A policy with a deadline for one call. Made by [`Retry::within`](crate::Retry::within).
pub type Bounded<P> = With<P, CallDeadline>;

impl<P> Bounded<P> {
    /// Adds a deadline to `policy`; [`Duration::MAX`] adds nothing.
    ///
    /// A call stops before a sleep that would end at or after `limit`.
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

/// The latest time that a call is told, 584 years. No call reaches a deadline after that.
const LATEST: Duration = Duration::from_nanos(u64::MAX);

/// Turns a retry into a stop if its sleep would end at or after the deadline.
///
/// A deadline of [`Duration::MAX`] means that there is none.
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

/// The time that is left for an attempt, in nanoseconds; [`u64::MAX`] without a deadline.
///
/// The attempt starts `elapsed` after the call began. An [attempt timeout](crate::Retry::attempt_timeout) cuts it when no time is
/// left.
#[inline]
pub(crate) const fn remaining(clock: Clock, elapsed: Duration) -> u64 {
    match clock {
        Clock::Deadline(limit) => nanos::of(limit.saturating_sub(elapsed)),
        Clock::Read | Clock::Unused => u64::MAX,
    }
}

/// Asks one part of a backoff under its own deadline, where another part may decide next time.
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
