//! [`Driver`]: a session on a clock, which decides when that clock is read.
//!
//! The clock is read only if the backoff, the budget or the observer asks for the time: once when the call begins, once for each
//! decision and once for each further attempt. What the backoff needs is asked once for each of these.

use std::time::Duration;

use crate::as_policy::Parts;
use crate::attempt::Attempt;
use crate::budget::Budget;
use crate::clock::{Clock, Now};
use crate::decision::Reason;
use crate::needs::Needs;
use crate::rounded::Rounded;
use crate::session::Session;
use crate::step::{PermitOf, Step};
use crate::verdict::Verdict;

/// A session on the clock `T`: what an executor, a loop and a thread run a call by.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Driver<P, T> {
    session: Session<P>,
    clock: T,
}

/// An attempt that starts.
#[derive(Clone, Copy)]
pub(crate) struct Start {
    pub(crate) attempt: Attempt,
    /// When it starts, as long as that is needed to know how long it lasts.
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
    /// The call begins, and goes on with the time of the call that it was resumed from. Its first attempt starts without another
    /// look at the clock.
    #[inline(always)]
    pub(crate) fn begin(&mut self) -> Start {
        let needs = self.policy().needs();
        if !self.is_timed(needs) {
            self.session.begin_timeless();
            return self.start_at(Duration::ZERO, needs);
        }
        let now = self.clock.now();
        self.session.begin(now);
        self.start_at(self.session.elapsed(now), needs)
    }

    /// An attempt starts now.
    #[inline]
    pub(crate) fn start(&self) -> Start {
        let needs = self.policy().needs();
        self.start_at(self.elapsed_if(self.is_timed(needs)), needs)
    }

    #[inline]
    fn start_at(&self, elapsed: Duration, needs: Needs) -> Start {
        Start { attempt: self.session.attempt_with(needs.clock, elapsed), mark: mark(needs, || elapsed) }
    }

    /// The present, as long as it is needed to know how long an attempt lasts.
    #[inline]
    pub(crate) fn mark(&self) -> Rounded {
        mark(self.policy().needs(), || self.session.elapsed(self.clock.now()))
    }

    /// Decides on the outcome of an attempt that had `started`, as [`Session::step_if`] does; and says when the next attempt
    /// starts, if it does so right after its wait. If the attempt failed after the time that the policy calls healthy, the call
    /// starts over.
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
        let needs = self.policy().needs();
        let mut elapsed = self.elapsed_if(self.is_timed(needs));
        if resets(needs) && elapsed.saturating_sub(started.duration()) >= needs.resets_after {
            self.session.start_over(elapsed);
            elapsed = Duration::ZERO;
        }
        let step = self.session.decide(needs.clock, elapsed, verdict, again);
        let next = mark(needs, || elapsed.saturating_add(step.decision().delay().unwrap_or_default()));
        (step, next)
    }

    /// The end of a call whose last outcome asks for no retry. Only the observer looks at its time.
    #[inline]
    pub(crate) fn finish(&mut self, verdict: &Verdict) -> Reason {
        let elapsed = self.elapsed_if(self.is_observed());
        self.session.finish(self.policy().needs().clock, elapsed, verdict)
    }

    /// A retry that was decided on does not take place, because the signal to stop has come.
    pub(crate) fn stop(&mut self) {
        let elapsed = self.elapsed_if(self.is_observed());
        self.session.stop(elapsed);
    }

    /// Whether a decision looks at the time, or the observer.
    #[inline]
    fn is_timed(&self, needs: Needs) -> bool {
        let decisions = needs.clock.and(self.policy().budget().clock());
        decisions != Clock::Unused || self.is_observed()
    }

    /// Whether the observer looks at the time.
    #[inline]
    fn is_observed(&self) -> bool {
        self.policy().observer_clock() != Clock::Unused
    }

    #[inline]
    fn elapsed_if(&self, wanted: bool) -> Duration {
        if wanted { self.session.elapsed(self.clock.now()) } else { Duration::ZERO }
    }
}

/// Whether a long attempt lets the call start over.
#[inline]
fn resets(needs: Needs) -> bool {
    needs.resets_after != Duration::MAX
}

/// The time of a start, as long as it is needed to know how long the attempt lasts.
#[inline]
fn mark(needs: Needs, elapsed: impl FnOnce() -> Duration) -> Rounded {
    if resets(needs) { Rounded::down(elapsed()) } else { Rounded::ZERO }
}
