//! When a session looks at the clock: only if somebody asks for the time, and then once for each decision.

use std::time::Duration;

use super::Session;
use crate::as_policy::Parts;
use crate::clock::{Clock, Stamp};
use crate::rounded::Rounded;
use crate::verdict::Verdict;

impl<P: Parts> Session<P> {
    /// Whether anybody looks at the time: the decisions or the observer.
    #[inline]
    pub(crate) fn wants_clock(&self) -> bool {
        self.clock() != Clock::Unused || self.parts.observer_clock() != Clock::Unused
    }

    /// As [`begin`](Self::begin), with a look at the clock only if anybody wants to know. The time that has passed: none,
    /// unless the session was resumed.
    #[inline]
    pub(crate) fn begin_by(&mut self, now: impl FnOnce() -> Stamp) -> Duration {
        if !self.wants_clock() {
            self.tell_budget(Stamp::default());
            return Duration::ZERO;
        }
        let now = now();
        self.begin(now);
        self.elapsed(now)
    }

    /// The time of a decision on `verdict`, with a look at the clock only if anybody wants to know: when the outcome
    /// is final by itself, only the observer does. The attempt had started at `started`; if it failed after the time
    /// that the policy calls healthy, the call starts over, and no time has passed.
    #[inline]
    pub(crate) fn elapsed_by(
        &mut self,
        verdict: &Verdict,
        started: Rounded,
        now: impl FnOnce() -> Stamp,
    ) -> Duration {
        let failed = matches!(verdict, Verdict::Retry { .. });
        let wanted = if failed { self.wants_clock() } else { self.parts.observer_clock() != Clock::Unused };
        let elapsed = if wanted { self.elapsed(now()) } else { Duration::ZERO };
        if failed
            && self.resets()
            && elapsed.saturating_sub(started.duration()) >= self.parts.needs().resets_after
        {
            self.start_over(elapsed);
            return Duration::ZERO;
        }
        elapsed
    }

    /// Whether a long attempt lets the call start over.
    #[inline]
    fn resets(&self) -> bool {
        self.parts.needs().resets_after != Duration::MAX
    }

    /// The time that has passed when an attempt starts, as long as it is needed to know how long the attempt lasts.
    #[inline]
    pub(crate) fn mark(&self, elapsed: impl FnOnce() -> Duration) -> Rounded {
        if self.resets() { Rounded::down(elapsed()) } else { Rounded::ZERO }
    }
}
