//! [`Driver`]: a session on a clock, which decides when that clock is read.
//!
//! The clock is read only if the backoff, the budget or the observer asks for the time. Then it is read when the call begins, for
//! each decision and for each further attempt. The policy is asked for its rules once at each of these points, and once more for a
//! failure with a hint.

use std::time::Duration;

use crate::as_policy::Parts;
use crate::attempt::Attempt;
use crate::budget::Budget;
use crate::call_rules::CallRules;
use crate::clock::{Clock, Now};
use crate::decision::Reason;
use crate::needs::Needs;
use crate::rounded::Rounded;
use crate::session::Session;
use crate::step::{PermitOf, Step};
use crate::verdict::Verdict;

/// A session on a clock. The executor, loops and threads run their calls by it.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Driver<P, T> {
    session: Session<P>,
    clock: T,
}

/// An attempt that starts.
#[derive(Clone, Copy)]
pub(crate) struct Start {
    pub(crate) attempt: Attempt,
    /// The time of the start, if it is needed to know how long the attempt lasts.
    pub(crate) mark: Rounded,
}

impl<P: Parts, T> Driver<P, T> {
    pub(crate) const fn new(policy: P, clock: T) -> Self {
        Self { session: Session::new(policy), clock }
    }

    pub(crate) const fn session(&self) -> &Session<P> {
        &self.session
    }

    pub(crate) const fn policy(&self) -> &P {
        self.session.parts()
    }

    /// The timer that the clock belongs to.
    pub(crate) const fn timer(&self) -> &T {
        &self.clock
    }

    /// Goes on where `attempt` was about to start.
    pub(crate) fn go_on(&mut self, attempt: &Attempt) {
        self.session.go_on(attempt);
    }

    /// The same driver with its policy wrapped or replaced.
    pub(crate) fn map<Q: Parts>(self, change: impl FnOnce(P) -> Q) -> Driver<Q, T> {
        Driver { session: self.session.map(change), clock: self.clock }
    }
}

impl<P: Parts, T: Now> Driver<P, T> {
    /// Begins the call, or resumes it with the time that had passed.
    pub(crate) fn begin(&mut self) {
        let rules = self.policy().rules();
        self.begin_by(&rules);
    }

    /// Begins the call and starts its first attempt, with one look at the clock.
    #[inline(always)]
    pub(crate) fn begin_and_start(&mut self) -> Start {
        let rules = self.policy().rules();
        let elapsed = self.begin_by(&rules);
        self.start_at(elapsed, rules.needs)
    }

    #[inline]
    fn begin_by(&mut self, rules: &CallRules) -> Duration {
        if !self.is_timed(rules) {
            self.session.begin_timeless();
            return Duration::ZERO;
        }
        let now = self.clock.now();
        self.session.begin(now);
        self.session.elapsed(now)
    }

    /// Starts an attempt.
    #[inline]
    pub(crate) fn start(&self) -> Start {
        let rules = self.policy().rules();
        self.start_at(self.elapsed_if(self.is_timed(&rules)), rules.needs)
    }

    #[inline]
    fn start_at(&self, elapsed: Duration, needs: Needs) -> Start {
        Start { attempt: self.session.attempt_with(needs.clock, elapsed), mark: mark(needs, || elapsed) }
    }

    /// The present, if it is needed to know how long an attempt lasts.
    #[inline]
    pub(crate) fn mark(&self) -> Rounded {
        mark(self.policy().rules().needs, || self.session.elapsed(self.clock.now()))
    }

    /// Decides on an outcome, as [`Session::step_if`] does.
    ///
    /// If the attempt failed long enough after it had `started`, the call starts over. The second value is when the next attempt
    /// starts, if it does so right after its wait.
    #[inline]
    pub(crate) fn judge(
        &mut self,
        verdict: &Verdict,
        started: Rounded,
        again: impl FnOnce() -> Result<(), Reason>,
    ) -> (Step<PermitOf<P>>, Rounded) {
        let Verdict::Retry { .. } = verdict else {
            return (Step::Stop(self.finish(verdict)), Rounded::ZERO);
        };
        let mut rules = self.policy().rules();
        let needs = rules.needs;
        let mut elapsed = self.elapsed_if(self.is_timed(&rules));
        if resets(needs) && elapsed.saturating_sub(started.duration()) >= needs.resets_after {
            self.session.start_over(elapsed);
            elapsed = Duration::ZERO;
            rules = self.policy().rules();
        }
        let step = self.session.decide(&rules, elapsed, verdict, again);
        let next = mark(needs, || elapsed.saturating_add(step.decision().delay().unwrap_or_default()));
        (step, next)
    }

    /// The end of a call whose last outcome asks for no retry. Only the observer looks at its time.
    #[inline]
    pub(crate) fn finish(&mut self, verdict: &Verdict) -> Reason {
        let rules = self.policy().rules();
        let elapsed = self.elapsed_if(is_observed(&rules));
        self.session.finish(&rules, elapsed, verdict)
    }

    /// Takes back a retry, because the signal to stop has come.
    pub(crate) fn stop(&mut self) {
        let elapsed = self.elapsed_if(is_observed(&self.policy().rules()));
        self.session.stop(elapsed);
    }

    /// Returns whether a decision or the observer looks at the time.
    #[inline]
    fn is_timed(&self, rules: &CallRules) -> bool {
        let decisions = rules.needs.clock.and(self.policy().budget().clock());
        decisions != Clock::Unused || is_observed(rules)
    }

    #[inline]
    fn elapsed_if(&self, wanted: bool) -> Duration {
        if wanted { self.session.elapsed(self.clock.now()) } else { Duration::ZERO }
    }
}

/// Returns whether the observer looks at the time.
#[inline]
fn is_observed(rules: &CallRules) -> bool {
    rules.observer != Clock::Unused
}

/// Returns whether a long attempt lets the call start over.
#[inline]
fn resets(needs: Needs) -> bool {
    needs.resets_after != Duration::MAX
}

/// The time of a start, if it is needed to know how long the attempt lasts.
#[inline]
fn mark(needs: Needs, elapsed: impl FnOnce() -> Duration) -> Rounded {
    if resets(needs) { Rounded::down(elapsed()) } else { Rounded::ZERO }
}
