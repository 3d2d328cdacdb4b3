//! How a call runs, turn by turn: `Future for Retry`.
//!
//! Three ways lead through it, each as straight as its frequency asks for: an attempt that is ready with a success at
//! once (`poll`, which inlines into the caller), one that has to be waited for (`poll_again`), and what follows a failure
//! (`retry`).

use std::pin::Pin;
use std::task::{Context, Poll, ready};

use super::{Retry, State, StateOwned, StateProjection};
use crate::as_policy::Parts;
use crate::budget::Permit;
use crate::classifier::Classifier;
use crate::driver::Start;
use crate::operation::Operation;
use crate::rounded::Rounded;
use crate::step::{PermitOf, Step};
use crate::timer::Timer;
use crate::verdict::Verdict;

/// After this many attempts in one poll, a call lets other tasks run.
const TURNS_PER_POLL: u32 = 64;

impl<P, Op, T> Future for Retry<P, Op, T>
where
    P: Parts,
    P::Classifier: Classifier<Op::Outcome>,
    Op: Operation,
    T: Timer,
{
    type Output = Op::Outcome;

    #[inline]
    fn poll(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Self::Output> {
        if let State::FirstPoll = self.state {
            let started = ready!(self.as_mut().begin(context));
            return self.conclude(started, context);
        }
        self.poll_again(context)
    }
}

/// How an attempt has started.
enum Started<O> {
    Runs,
    /// It could not, which is an outcome like any other.
    NotReady(O),
}

/// What follows a wait.
enum Woken<O> {
    Attempt(Started<O>),
    /// No attempt any more: the outcome of the call.
    Stopped(O),
}

impl<P, Op, T> Retry<P, Op, T>
where
    P: Parts,
    P::Classifier: Classifier<Op::Outcome>,
    Op: Operation,
    T: Timer,
{
    /// Goes on with what the call has waited for. Out of the way of a success at the first poll.
    #[inline(never)]
    fn poll_again(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Op::Outcome> {
        match ready!(self.as_mut().next_attempt(context)) {
            Woken::Attempt(started) => self.conclude(started, context),
            Woken::Stopped(outcome) => Poll::Ready(outcome),
        }
    }

    /// Runs the attempt to its end and, after a failure, those that follow.
    #[inline]
    fn conclude(
        mut self: Pin<&mut Self>,
        started: Started<Op::Outcome>,
        context: &mut Context<'_>,
    ) -> Poll<Op::Outcome> {
        let (outcome, mark) = ready!(self.as_mut().end(started, context));
        let verdict = self.driver.policy().classifier().classify(&outcome);
        if let Verdict::Retry { .. } = verdict {
            return self.retry(outcome, mark, &verdict, context);
        }
        self.project().driver.finish(&verdict);
        Poll::Ready(outcome)
    }

    /// What follows an attempt that failed: sleeps and attempts, until the call ends or waits.
    #[inline(never)]
    fn retry(
        mut self: Pin<&mut Self>,
        mut outcome: Op::Outcome,
        mut mark: Rounded,
        verdict: &Verdict,
        context: &mut Context<'_>,
    ) -> Poll<Op::Outcome> {
        let mut latest;
        let mut verdict = verdict;
        let mut turns = 1..TURNS_PER_POLL;
        loop {
            if let Some(outcome) = self.as_mut().judge(outcome, mark, verdict) {
                return Poll::Ready(outcome);
            }
            if turns.next().is_none() {
                context.waker().wake_by_ref();
                return Poll::Pending;
            }
            let started = match ready!(self.as_mut().wake_up(context)) {
                Woken::Attempt(started) => started,
                Woken::Stopped(outcome) => return Poll::Ready(outcome),
            };
            (outcome, mark) = ready!(self.as_mut().end(started, context));
            latest = self.driver.policy().classifier().classify(&outcome);
            verdict = &latest;
        }
    }

    /// The first attempt.
    #[inline]
    fn begin(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Started<Op::Outcome>> {
        let first = self.as_mut().project().driver.begin_and_start();
        self.start(context, None, Some(first))
    }

    /// Sees to it that an attempt runs, as soon as sleep, signal and readiness allow. Not for the first poll.
    #[inline]
    fn next_attempt(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Woken<Op::Outcome>> {
        let this = self.as_mut().project();
        let permit = match this.state.project() {
            StateProjection::Attempt(..) => return Poll::Ready(Woken::Attempt(Started::Runs)),
            StateProjection::Sleep(..) => return self.wake_up(context),
            StateProjection::Ready(permit) => permit.take(),
            StateProjection::Nothing | StateProjection::FirstPoll => {
                panic!("`Retry` must not be polled after it is done")
            }
        };
        if permit.is_some() {
            if let Poll::Ready(outcome) = this.operation.poll_stopped(context) {
                return Poll::Ready(Woken::Stopped(self.stop(outcome)));
            }
        }
        self.start(context, permit, None).map(Woken::Attempt)
    }

    /// Sleeps, and starts the attempt after it.
    #[inline(always)]
    fn wake_up(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Woken<Op::Outcome>> {
        let mut this = self.as_mut().project();
        if let Poll::Ready(outcome) = this.operation.poll_stopped(context) {
            return Poll::Ready(Woken::Stopped(self.stop(outcome)));
        }
        if let StateProjection::Sleep(sleep, _) = this.state.as_mut().project() {
            ready!(sleep.poll(context));
        }
        // Asked once more: the compiler cannot know that polling leaves the state as it is.
        let StateProjection::Sleep(..) = this.state.as_mut().project() else {
            unreachable!("a call that sleeps");
        };
        let StateOwned::Sleep(_, permit) = this.state.project_replace(State::Nothing) else {
            unreachable!("as it was a line before");
        };
        self.start(context, Some(permit), None).map(Woken::Attempt)
    }

    /// The signal to stop has come instead of another attempt.
    fn stop(self: Pin<&mut Self>, outcome: Op::Outcome) -> Op::Outcome {
        let mut this = self.project();
        this.state.set(State::Nothing);
        this.driver.stop();
        outcome
    }

    /// Starts an attempt when its operation is ready, the first one of a call as it has begun.
    #[inline]
    fn start(
        self: Pin<&mut Self>,
        context: &mut Context<'_>,
        permit: Option<PermitOf<P>>,
        first: Option<Start>,
    ) -> Poll<Started<Op::Outcome>> {
        let mut this = self.project();
        match this.operation.poll_ready(context) {
            Poll::Pending => {
                this.state.set(State::Ready(permit));
                Poll::Pending
            }
            Poll::Ready(Err(outcome)) => Poll::Ready(Started::NotReady(outcome)),
            Poll::Ready(Ok(())) => {
                if let Some(permit) = permit {
                    permit.spend();
                }
                let Start { attempt, mark } = first.unwrap_or_else(|| this.driver.start());
                this.state.set(State::Attempt(this.operation.start(attempt), mark));
                Poll::Ready(Started::Runs)
            }
        }
    }

    /// Runs the attempt to its end, if it could start.
    #[inline(always)]
    fn end(
        self: Pin<&mut Self>,
        started: Started<Op::Outcome>,
        context: &mut Context<'_>,
    ) -> Poll<(Op::Outcome, Rounded)> {
        let mut this = self.project();
        let ended = match started {
            Started::NotReady(outcome) => (outcome, Rounded::MAX),
            Started::Runs => {
                let StateProjection::Attempt(attempt, mark) = this.state.as_mut().project() else {
                    unreachable!("an attempt that has started");
                };
                let output = ready!(attempt.poll(context));
                (this.operation.settle(output), *mark)
            }
        };
        // The attempt's future goes first: nothing of it may live on into the sleep.
        this.state.set(State::Nothing);
        Poll::Ready(ended)
    }

    /// Obeys what the session says of an outcome: the outcome, if it is the last one.
    #[inline]
    fn judge(
        self: Pin<&mut Self>,
        outcome: Op::Outcome,
        mark: Rounded,
        verdict: &Verdict,
    ) -> Option<Op::Outcome> {
        let mut this = self.project();
        match this.driver.judge(verdict, mark, || this.operation.again()) {
            (Step::Stop(_), _) => Some(outcome),
            (Step::Retry(delay, permit), _) => {
                this.operation.discard(outcome);
                this.state.set(State::Sleep(this.driver.timer().sleep(delay), permit));
                None
            }
        }
    }
}
