//! [`Report`]: the outcome with the story of its call, which [`Notes`] are made of and [`Reporting`] waits for; [`GaveUp`]: that
//! story as an error.

use std::fmt;
use std::pin::Pin;
use std::task::{Context, Poll, ready};
use std::time::Duration;

use pin_project::pin_project;

use crate::as_policy::Parts;
use crate::attempt::Attempt;
use crate::call_rules::CallRules;
use crate::call_settings::{CallSetting, With};
use crate::classifier::Classifier;
use crate::clock::Clock;
use crate::decision::{Decision, Reason};
use crate::executor::Retry;
use crate::observe::Event;
use crate::operation::{Operation, Shape};
use crate::timer::{DefaultTimer, Timer};

/// An outcome, with what it took to get it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Report<O> {
    /// The outcome of the last attempt, untouched.
    pub outcome: O,
    /// Attempts made, the first included; of a call that was [resumed](crate::Retry::resume), also those before.
    pub attempts: u32,
    /// Time from the first poll to the end of the call, attempts and sleeps included; and what had passed when it was resumed.
    pub elapsed: Duration,
    /// What was slept, as the delays asked for: one that a [signal](crate::Retry::stop_on) has cut counts whole.
    pub slept: Duration,
    /// The rule that ended the call.
    pub reason: Reason,
}

impl<T, E> Report<Result<T, E>> {
    /// The value, or one error that carries the last error and the story.
    ///
    /// ```
    /// use persevere::{BackoffExt, Reason, constant, retry};
    /// use std::time::Duration;
    ///
    /// # #[tokio::main(flavor = "current_thread")] async fn main() {
    /// let failing = || async { Err::<(), _>(std::io::Error::other("no")) };
    /// let report = retry(constant(Duration::ZERO).attempts(3), failing).report().await;
    /// let gave_up = report.into_result().unwrap_err();
    /// assert_eq!(gave_up.reason, Reason::Attempts);
    /// assert_eq!(gave_up.attempts, 3);
    /// assert!(gave_up.to_string().starts_with("gave up after 3 attempts in "));
    /// # }
    /// ```
    ///
    /// # Errors
    ///
    /// [`GaveUp`] when the last outcome is an `Err`.
    pub fn into_result(self) -> Result<T, GaveUp<E>> {
        let Self { outcome, attempts, elapsed, slept, reason } = self;
        outcome.map_err(|source| GaveUp { source, attempts, elapsed, slept, reason })
    }
}

/// The last error of a call that gave up, with the story of the call.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("gave up after {} in {elapsed:?}: {reason}", Counted(*attempts))]
#[non_exhaustive]
pub struct GaveUp<E> {
    /// The error of the last attempt.
    pub source: E,
    /// Attempts made, the first included.
    pub attempts: u32,
    /// Time from the first poll to the end of the call, as in the [`Report`].
    pub elapsed: Duration,
    /// What was slept, as in the [`Report`].
    pub slept: Duration,
    /// The rule that ended the call.
    pub reason: Reason,
}

/// "1 attempt", "2 attempts".
struct Counted(u32);

impl fmt::Display for Counted {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} attempt{}", self.0, if self.0 == 1 { "" } else { "s" })
    }
}

/// The notes of one call, which its report is made of.
#[derive(Clone, Copy, Debug)]
pub struct Notes {
    last: Option<Event>,
    slept: Duration,
    /// Attempts and time before the call started over.
    attempts: u32,
    elapsed: Duration,
    clock: Clock,
}

/// A policy that takes notes of one call. Made by [`Retry::report`](crate::Retry::report).
pub type Recorded<P> = With<P, Notes>;

impl<P> Recorded<P> {
    /// `policy` with notes; their times are right if `clock` asks for it.
    pub(crate) const fn new(policy: P, clock: Clock) -> Self {
        let (slept, elapsed) = (Duration::ZERO, Duration::ZERO);
        Self::of(policy, Notes { last: None, slept, attempts: 0, elapsed, clock })
    }
}

impl Notes {
    /// The report of a call that has ended in `outcome`.
    pub(crate) fn report<O>(&self, outcome: O) -> Report<O> {
        let Event { attempt, decision, .. } = self.last.expect("an outcome is always decided on");
        let Decision::Stop(reason) = decision else { unreachable!("a call that ended was stopped") };
        Report {
            outcome,
            attempts: self.attempts.saturating_add(attempt.number()),
            elapsed: self.elapsed.saturating_add(attempt.elapsed()),
            slept: self.slept,
            reason,
        }
    }
}

impl CallSetting for Notes {
    #[inline]
    fn rules(&self, rules: CallRules) -> CallRules {
        CallRules { observer: rules.observer.and(self.clock), ..rules }
    }

    #[inline]
    fn observe(&mut self, event: &Event) {
        self.last = Some(*event);
        if let Decision::Retry(delay) = event.decision {
            self.slept = self.slept.saturating_add(delay);
        }
    }

    fn start_over(&mut self, attempt: &Attempt) {
        // The attempt that has just ended is attempt 1 of what follows.
        self.attempts = self.attempts.saturating_add(attempt.number().saturating_sub(1));
        self.elapsed = self.elapsed.saturating_add(attempt.elapsed());
    }
}

/// A retrying call that ends in a [`Report`]. Made by [`Retry::report`](crate::Retry::report).
#[must_use = "futures do nothing unless you `.await` or poll them"]
#[pin_project]
pub struct Reporting<P: Parts, Op: Shape, T: Timer = DefaultTimer> {
    #[pin]
    pub(crate) call: Retry<Recorded<P>, Op, T>,
}

impl<P, Op, T> Future for Reporting<P, Op, T>
where
    P: Parts,
    P::Classifier: Classifier<Op::Outcome>,
    Op: Operation,
    T: Timer,
{
    type Output = Report<Op::Outcome>;

    fn poll(self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Self::Output> {
        let mut call = self.project().call;
        let outcome = ready!(call.as_mut().poll(context));
        Poll::Ready(call.into_ref().get_ref().parts().setting().report(outcome))
    }
}

impl<P: Parts, Op: Shape, T: Timer> fmt::Debug for Reporting<P, Op, T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Reporting").field("call", &self.call).finish()
    }
}
