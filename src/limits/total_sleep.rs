//! The total sleep of a call: the whole rule.

use std::time::Duration;

use crate::attempt::Attempt;
use crate::call_rules::CallRules;
use crate::call_settings::{CallSetting, With};
use crate::decision::{Decision, Reason};
use crate::observe::Event;

/// A limit on the sum of the sleeps of a call, and that sum.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct TotalSleep {
    limit: Duration,
    slept: Duration,
}

/// A policy with a limit on the sum of its sleeps. Made by [`Retry::total_sleep`](crate::Retry::total_sleep), and by
/// hand for [`blocking::retry`](crate::blocking::retry), a loop or a [`Session`](crate::Session).
///
/// It counts for one call: do not share it.
pub type Rationed<P> = With<P, TotalSleep>;

impl<P> Rationed<P> {
    /// Limits the sum of the sleeps of a call; [`Duration::MAX`] means no limit.
    ///
    /// ```
    /// use persevere::{BackoffExt, Rationed, Reason, Schedule, constant};
    /// use std::time::Duration;
    ///
    /// let ms = Duration::from_millis;
    /// let schedule = Schedule::of(&Rationed::new(constant(ms(300)), ms(1_000)), 0);
    /// assert_eq!((schedule.delays(), schedule.ended()), ([ms(300); 3].as_slice(), Some(Reason::TotalSleep)));
    /// ```
    #[must_use]
    pub const fn new(policy: P, limit: Duration) -> Self {
        Self::of(policy, TotalSleep { limit, slept: Duration::ZERO })
    }
}

impl CallSetting for TotalSleep {
    #[inline]
    fn rules(&self, rules: CallRules) -> CallRules {
        CallRules { longest_sleep: left(self.limit, self.slept).min(rules.longest_sleep), ..rules }
    }

    #[inline]
    fn observe(&mut self, event: &Event) {
        if let Decision::Retry(delay) = event.decision {
            self.slept = self.slept.saturating_add(delay);
        }
    }

    #[inline]
    fn start_over(&mut self, _attempt: &Attempt) {
        self.slept = Duration::ZERO;
    }
}

/// The sleep that is left; [`Duration::MAX`] means no limit, and stays so.
#[inline]
pub(crate) const fn left(limit: Duration, slept: Duration) -> Duration {
    if limit.as_nanos() == Duration::MAX.as_nanos() { limit } else { limit.saturating_sub(slept) }
}

/// Turns a retry into a stop if its sleep would be longer than the sleep that is left.
#[inline]
pub(crate) fn held(decision: Decision, left: Duration) -> Decision {
    match decision {
        Decision::Retry(delay) if delay > left => Decision::Stop(Reason::TotalSleep),
        decision => decision,
    }
}
