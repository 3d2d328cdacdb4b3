//! [`Session`]: decides after each outcome, without a clock, a future or the outcome itself.

use std::time::Duration;

use crate::as_policy::Parts;
use crate::attempt::{Attempt, Failure};
use crate::backoff::Backoff;
use crate::budget::Budget;
use crate::call_rules::CallRules;
use crate::clock::{Clock, Stamp};
use crate::decision::{Decision, Reason};
use crate::hint::{self, Hint};
use crate::limits::{deadline, total_sleep};
use crate::nanos;
use crate::observe::Event;
use crate::rounded::Rounded;
use crate::step::{PermitOf, Step};
use crate::verdict::{Kind, Verdict};

/// The decisions of one call: everything about retrying, and nothing about running.
///
/// The async executor is a thin shell on it; so is any loop of your own:
///
/// ```
/// use persevere::{BackoffExt, Reason, Session, Step, Verdict, constant};
/// use std::time::Duration;
///
/// let (delay, zero) = (Duration::from_secs(1), Duration::ZERO);
/// let mut session = Session::new(constant(delay).attempts(2));
/// assert_eq!(session.step(zero, Verdict::retry()), Step::Retry(delay, ()));
/// assert_eq!(session.step(delay, Verdict::retry()), Step::Stop(Reason::Attempts));
/// ```
#[derive(Clone, Copy, Debug)]
#[must_use = "a session decides only when it is stepped"]
pub struct Session<P> {
    parts: P,
    number: u32,
    previous: Rounded,
    began: Stamp,
}

impl<P: Parts> Session<P> {
    /// A session before its first attempt.
    pub const fn new(parts: P) -> Self {
        Self { parts, number: 1, previous: Rounded::ZERO, began: Stamp::from_nanos(0) }
    }

    /// A session that goes on where another one was when `attempt` was [about to start](Self::attempt): with its
    /// number, its previous delay and the time that had passed.
    ///
    /// For waits that a job queue or a restart of the process comes between: save the attempt, and resume from it. Who
    /// owns the waiting waits; no time passes for the session meanwhile. The times of later steps count on from
    /// [`elapsed`](Attempt::elapsed) of the saved attempt.
    ///
    /// ```
    /// use persevere::{BackoffExt, Reason, Session, Step, Verdict, exponential};
    /// use std::time::Duration;
    ///
    /// let ms = Duration::from_millis;
    /// let backoff = exponential(ms(100)).attempts(3);
    /// let mut session = Session::new(backoff);
    /// let Step::Retry(delay, ()) = session.step(ms(5), Verdict::retry()) else { unreachable!() };
    /// let saved = session.attempt(ms(5) + delay);
    ///
    /// let mut later = Session::resume(backoff, &saved);
    /// assert_eq!(later.attempt(saved.elapsed()).number(), 2);
    /// assert_eq!(later.step(ms(110), Verdict::retry()), Step::Retry(ms(200), ()));
    /// assert_eq!(later.step(ms(320), Verdict::retry()), Step::Stop(Reason::Attempts));
    /// ```
    pub fn resume(parts: P, attempt: &Attempt) -> Self {
        let mut session = Self::new(parts);
        session.go_on(attempt);
        session
    }

    /// Goes on where `attempt` was about to start.
    pub(crate) fn go_on(&mut self, attempt: &Attempt) {
        self.number = attempt.number();
        self.previous = attempt.previous();
        // Until the call begins, the time that has passed lies before the timer's origin.
        self.began = Stamp::default().before(attempt.elapsed());
    }

    /// The parts that this session consults.
    pub const fn parts(&self) -> &P {
        &self.parts
    }

    /// The same session with its parts wrapped or replaced.
    pub(crate) fn map<Q: Parts>(self, change: impl FnOnce(P) -> Q) -> Session<Q> {
        let Self { parts, number, previous, began } = self;
        Session { parts: change(parts), number, previous, began }
    }

    /// The call begins at `now`: tells the budget.
    ///
    /// A session that is stepped by hand needs this only if its budget counts calls or time. One that was
    /// [resumed](Self::resume) goes on with its time, and is no new call to the budget.
    pub fn begin(&mut self, now: Stamp) {
        self.began = now.before(Stamp::default().since(self.began));
        self.tell_budget(now);
    }

    /// Begins the call without a time, because no part looks at it.
    #[inline]
    pub(crate) fn begin_timeless(&self) {
        self.tell_budget(Stamp::default());
    }

    /// One that was resumed is no new call.
    #[inline]
    fn tell_budget(&self, now: Stamp) {
        if self.number == 1 {
            self.parts.budget().begin(now);
        }
    }

    /// The time since the call [began](Self::begin).
    pub const fn elapsed(&self, now: Stamp) -> Duration {
        now.since(self.began)
    }

    /// What the decisions need to know of the time, the budget's included.
    #[must_use]
    pub fn clock(&self) -> Clock {
        self.parts.rules().needs.clock.and(self.parts.budget().clock())
    }

    /// The call starts over with the failure of the running attempt, `elapsed` after it began: with attempt 1, no
    /// previous delay and a clock at zero. To the budget, one call has succeeded and another one begins.
    ///
    /// For a session that is stepped by hand: an attempt has lasted for as long as
    /// [`BackoffExt::reset_after`](crate::BackoffExt::reset_after) says. The executor and the loops see to it by themselves.
    ///
    /// ```
    /// use persevere::{BackoffExt, Session, Step, Verdict, exponential};
    /// use std::time::Duration;
    ///
    /// let (ms, hour) = (Duration::from_millis, Duration::from_secs(3600));
    /// let mut session = Session::new(exponential(ms(100)).attempts(2));
    /// assert_eq!(session.step(ms(0), Verdict::retry()), Step::Retry(ms(100), ()));
    /// session.start_over(hour);   // the connection was good until now
    /// assert_eq!(session.step(ms(0), Verdict::retry()), Step::Retry(ms(100), ()));
    /// ```
    #[cold]
    pub fn start_over(&mut self, elapsed: Duration) {
        let attempt = self.attempt(elapsed);
        self.parts.start_over(&attempt);
        self.number = 1;
        self.previous = Rounded::ZERO;
        self.began = self.began.after(elapsed);
        self.parts.budget().succeed();
        self.parts.budget().begin(self.began);
    }

    /// The attempt that is about to start or running, `elapsed` after the call began.
    #[inline]
    pub fn attempt(&self, elapsed: Duration) -> Attempt {
        self.attempt_with(self.parts.rules().needs.clock, elapsed)
    }

    /// Returns the attempt as [`attempt`](Self::attempt) does, for a need that is known.
    #[inline]
    pub(crate) fn attempt_with(&self, clock: Clock, elapsed: Duration) -> Attempt {
        let remaining = deadline::remaining(clock, elapsed);
        Attempt::of_nanos(self.number, self.previous, nanos::of(elapsed), remaining)
    }

    /// Decides what follows the outcome that `verdict` speaks of, `elapsed` after the call began, and tells
    /// budget and observer.
    ///
    /// A retry counts as taken: the next step is about the attempt that follows it.
    pub fn step(&mut self, elapsed: Duration, verdict: Verdict) -> Step<PermitOf<P>> {
        self.step_if(elapsed, verdict, || Ok(()))
    }

    /// As [`step`](Self::step), for an operation that may be unable to run again: `again` is asked last, only
    /// when everything else has agreed to a retry, and its error turns the retry into a stop.
    #[inline]
    pub fn step_if(
        &mut self,
        elapsed: Duration,
        verdict: Verdict,
        again: impl FnOnce() -> Result<(), Reason>,
    ) -> Step<PermitOf<P>> {
        if let Verdict::Retry { .. } = verdict {
            return self.decide(&self.parts.rules(), elapsed, &verdict, again);
        }
        Step::Stop(self.finish(&self.parts.rules(), elapsed, &verdict))
    }

    /// Decides as [`step_if`](Self::step_if) does, by rules that are known.
    #[inline]
    pub(crate) fn decide(
        &mut self,
        rules: &CallRules,
        elapsed: Duration,
        verdict: &Verdict,
        again: impl FnOnce() -> Result<(), Reason>,
    ) -> Step<PermitOf<P>> {
        let Verdict::Retry { kind, ref hint } = *verdict else {
            return Step::Stop(self.finish(rules, elapsed, verdict));
        };
        let CallRules { needs, longest_sleep, .. } = *rules;
        let attempt = self.attempt_with(needs.clock, elapsed);
        let waited = self.wait(nanos::of(elapsed), attempt.remaining_nanos(), kind, hint.as_ref());
        let on_time = deadline::held(waited, elapsed, needs.clock);
        let reason = match total_sleep::held(on_time, longest_sleep) {
            Decision::Retry(delay) => match self.permitted(elapsed, kind, again) {
                Ok(permit) => return self.retry(attempt, *verdict, delay, permit),
                Err(reason) => reason,
            },
            Decision::Stop(reason) => reason,
        };
        self.parts.observe(&Event { attempt, verdict: Some(*verdict), decision: Decision::Stop(reason) });
        Step::Stop(reason)
    }

    /// The end of a call whose last outcome asks for no retry: tells budget and observer.
    #[inline]
    pub(crate) fn finish(&mut self, rules: &CallRules, elapsed: Duration, verdict: &Verdict) -> Reason {
        let reason = if *verdict == Verdict::Accept { Reason::Accepted } else { Reason::Rejected };
        if reason == Reason::Accepted {
            self.parts.budget().succeed();
        }
        let (attempt, decision) = (self.attempt_with(rules.needs.clock, elapsed), Decision::Stop(reason));
        self.parts.observe(&Event { attempt, verdict: Some(*verdict), decision });
        reason
    }

    /// A retry takes place: tells the observer, and goes on to the next attempt.
    #[inline]
    fn retry(
        &mut self,
        attempt: Attempt,
        verdict: Verdict,
        delay: Duration,
        permit: PermitOf<P>,
    ) -> Step<PermitOf<P>> {
        self.parts.observe(&Event { attempt, verdict: Some(verdict), decision: Decision::Retry(delay) });
        self.number = self.number.saturating_add(1);
        Step::Retry(delay, permit)
    }

    /// A retry that was decided on does not take place, because the signal to stop has come: tells the observer.
    pub fn stop(&mut self, elapsed: Duration) {
        self.number = self.number.saturating_sub(1).max(1);
        let (attempt, decision) = (self.attempt(elapsed), Decision::Stop(Reason::Stopped));
        self.parts.observe(&Event { attempt, verdict: None, decision });
    }

    /// Returns the wait after a failure, before the limits of the call. The backoff says growth, cap and jitter; then comes the hint.
    ///
    /// It knows nothing of the operation's type, and is out of the way of a success. Times are in nanoseconds.
    #[inline(never)]
    fn wait(&mut self, elapsed: u64, remaining: u64, kind: Kind, hint: Option<&Hint>) -> Decision {
        let entropy = self.parts.entropy(self.number);
        let attempt = Attempt::of_nanos(self.number, self.previous, elapsed, remaining);
        let failure = Failure::new(attempt, 0).with_entropy(entropy).with_kind(kind).with_hint(hint.copied());
        let delay = match self.parts.backoff().decide(&failure) {
            Decision::Retry(delay) => delay,
            stop @ Decision::Stop(_) => return stop,
        };
        self.previous = Rounded::of(delay);
        match hint {
            None => Decision::Retry(delay),
            Some(hint) => {
                let CallRules { max_hint, hint_spread, .. } = self.parts.rules();
                hint::followed(delay, hint, entropy, max_hint, hint_spread)
            }
        }
    }

    /// Asks the budget, and then the operation. A permit that the operation makes no use of returns itself.
    #[inline]
    fn permitted(
        &self,
        elapsed: Duration,
        kind: Kind,
        again: impl FnOnce() -> Result<(), Reason>,
    ) -> Result<PermitOf<P>, Reason> {
        let permit = self.parts.budget().withdraw(kind, self.began.after(elapsed)).ok_or(Reason::Budget)?;
        again().map(|()| permit)
    }
}
