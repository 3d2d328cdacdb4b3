//! [`Retry`]: the executor. Runs attempts and sleeps as the session says, and decides nothing itself.

use std::fmt;
use std::pin::Pin;
use std::task::{Context, Poll, ready};
use std::time::Duration;

use pin_project::pin_project;

use crate::attempt::Attempt;
use crate::budget::Permit;
use crate::classifier::Classifier;
use crate::operation::{Operation, Shape};
use crate::parts::Parts;
use crate::rounded::Rounded;
use crate::session::Session;
use crate::step::{PermitOf, Step};
use crate::timer::{DefaultTimer, Timer};
use crate::verdict::Verdict;

/// After this many attempts in one poll, the very first one not counted, a call lets other tasks run.
const TURNS_PER_POLL: u32 = 64;

/// The future of a retrying call: attempts an operation until the policy has had enough.
///
/// Its output is the outcome of the last attempt, untouched: the type is that of the operation's own future.
/// Made by [`retry`](crate::retry); lazy, so that nothing happens before it is first polled, and configured by
/// value until then. It allocates nothing, unless [`stop_on`](crate::Retry::stop_on) boxes its signal.
///
/// # Cancellation
///
/// Dropping the future at any point drops the running attempt or disarms the timer; nothing is left running.
///
/// # Panics
///
/// Polling it again after it is done panics, as with any future. A panic of the operation, the classifier, the
/// backoff, the budget, the observer or the timer comes out of `poll`; tokio's timer panics outside a runtime with
/// its time enabled.
#[must_use = "futures do nothing unless you `.await` or poll them"]
#[pin_project(project = Call)]
pub struct Retry<P: Parts, Op: Shape, T: Timer = DefaultTimer> {
    session: Session<P>,
    operation: Op,
    timer: T,
    #[pin]
    state: State<Op::Future, T::Sleep, PermitOf<P>>,
}

/// Named by what is awaited.
#[pin_project(project = StateProjection, project_replace = StateOwned)]
enum State<F, S, G> {
    FirstPoll,
    /// Until the operation is ready; a retry has its permit.
    Ready(Option<G>),
    /// With the time when it started: four bytes that fit between the tag and the future.
    Attempt(#[pin] F, Rounded),
    Sleep(#[pin] S, G),
    Nothing,
}

impl<P: Parts, Op: Shape, T: Timer> Retry<P, Op, T> {
    /// A call of `operation` under `policy`, on a timer of your own.
    ///
    /// [`retry`](crate::retry) is the short form of it for closures on the default timer.
    pub const fn new(policy: P, operation: Op, timer: T) -> Self {
        Self { session: Session::new(policy), operation, timer, state: State::FirstPoll }
    }

    /// The parts that this call consults.
    pub(crate) const fn parts(&self) -> &P {
        self.session.parts()
    }

    /// The same call, going on where `attempt` was about to start.
    pub(crate) fn go_on(mut self, attempt: &Attempt) -> Self {
        self.session.go_on(attempt);
        self
    }

    /// The same call with its operation wrapped.
    pub(crate) fn map_operation<Or: Shape>(self, change: impl FnOnce(Op, &T) -> Or) -> Retry<P, Or, T> {
        let operation = change(self.operation, &self.timer);
        Retry { session: self.session, operation, timer: self.timer, state: State::FirstPoll }
    }

    /// The same call with its parts wrapped or replaced, before its first attempt: it takes `self`, which most
    /// futures cannot give once they are polled, and begins anew for those that can.
    pub(crate) fn map<Q: Parts>(self, change: impl FnOnce(P) -> Q) -> Retry<Q, Op, T> {
        Retry {
            session: self.session.map(change),
            operation: self.operation,
            timer: self.timer,
            state: State::FirstPoll,
        }
    }
}

impl<P, Op, T> Future for Retry<P, Op, T>
where
    P: Parts,
    P::Classifier: Classifier<Op::Outcome>,
    Op: Operation,
    T: Timer,
{
    type Output = Op::Outcome;

    #[inline]
    fn poll(self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Self::Output> {
        let mut call = self.project();
        if let StateProjection::FirstPoll = call.state.as_mut().project() {
            let next = call.begin(context);
            if let Some(outcome) = ready!(call.turn(next, context)) {
                return Poll::Ready(outcome);
            }
        }
        call.go_on(context)
    }
}

/// How the next attempt stands.
enum Next<O> {
    Runs,
    /// It could not start, which is an outcome like any other.
    NotReady(O),
    /// There shall be none: the outcome before it is the last one.
    Stopped(O),
}

impl<P: Parts, Op: Operation, T: Timer> Call<'_, P, Op, T> {
    /// Turn by turn, until the call ends or waits. Kept out of the way of a success at the first attempt.
    #[inline(never)]
    fn go_on(&mut self, context: &mut Context<'_>) -> Poll<Op::Outcome>
    where
        P::Classifier: Classifier<Op::Outcome>,
    {
        for _ in 0..TURNS_PER_POLL {
            let next = self.next_attempt(context);
            if let Some(outcome) = ready!(self.turn(next, context)) {
                return Poll::Ready(outcome);
            }
        }
        context.waker().wake_by_ref();
        Poll::Pending
    }

    /// One attempt, to its end, and what follows: the outcome of the call, or nothing when it sleeps.
    #[inline]
    fn turn(&mut self, next: Poll<Next<Op::Outcome>>, context: &mut Context<'_>) -> Poll<Option<Op::Outcome>>
    where
        P::Classifier: Classifier<Op::Outcome>,
    {
        let ended = match ready!(next) {
            Next::Stopped(outcome) => return Poll::Ready(Some(outcome)),
            Next::NotReady(outcome) => (outcome, Rounded::MAX),
            Next::Runs => ready!(self.poll_attempt(context)),
        };
        Poll::Ready(self.judge(ended))
    }

    /// The first attempt.
    #[inline]
    fn begin(&mut self, context: &mut Context<'_>) -> Poll<Next<Op::Outcome>> {
        let elapsed = self.session.begin_by(|| self.timer.now());
        self.start(context, None, Some(elapsed))
    }

    /// Sees to it that an attempt runs, as soon as sleep, signal and readiness allow.
    #[inline]
    fn next_attempt(&mut self, context: &mut Context<'_>) -> Poll<Next<Op::Outcome>> {
        match self.state.as_mut().project() {
            StateProjection::Attempt(..) => Poll::Ready(Next::Runs),
            StateProjection::FirstPoll => self.begin(context),
            StateProjection::Ready(_) | StateProjection::Sleep(..) => self.wake_up(context),
            StateProjection::Nothing => panic!("`Retry` must not be polled after it is done"),
        }
    }

    /// Goes on with what the call has waited for.
    #[inline]
    fn wake_up(&mut self, context: &mut Context<'_>) -> Poll<Next<Op::Outcome>> {
        let first = matches!(self.state.as_mut().project(), StateProjection::Ready(None));
        if !first {
            if let Poll::Ready(outcome) = self.operation.poll_stopped(context) {
                let elapsed = self.session.elapsed_by(Verdict::Reject, Rounded::MAX, || self.timer.now());
                self.state.set(State::Nothing);
                self.session.stop(elapsed);
                return Poll::Ready(Next::Stopped(outcome));
            }
        }
        if let StateProjection::Sleep(sleep, _) = self.state.as_mut().project() {
            ready!(sleep.poll(context));
        }
        let permit = match self.state.as_mut().project_replace(State::Nothing) {
            StateOwned::Sleep(_, permit) => Some(permit),
            StateOwned::Ready(permit) => permit,
            StateOwned::FirstPoll | StateOwned::Attempt(..) | StateOwned::Nothing => None,
        };
        self.start(context, permit, None)
    }

    /// Starts an attempt when its operation is ready. One that starts with the call, when so much time had passed, does
    /// so without another look at the clock.
    #[inline]
    fn start(
        &mut self,
        context: &mut Context<'_>,
        permit: Option<PermitOf<P>>,
        began: Option<Duration>,
    ) -> Poll<Next<Op::Outcome>> {
        match self.operation.poll_ready(context) {
            Poll::Pending => {
                self.state.set(State::Ready(permit));
                Poll::Pending
            }
            Poll::Ready(Err(outcome)) => Poll::Ready(Next::NotReady(outcome)),
            Poll::Ready(Ok(())) => {
                if let Some(permit) = permit {
                    permit.spend();
                }
                let elapsed = match began {
                    Some(elapsed) => elapsed,
                    None if self.session.wants_clock() => self.session.elapsed(self.timer.now()),
                    None => Duration::ZERO,
                };
                let attempt = self.session.attempt(elapsed);
                let started = self.session.mark(|| elapsed);
                self.state.set(State::Attempt(self.operation.start(attempt), started));
                Poll::Ready(Next::Runs)
            }
        }
    }

    /// Polls the running attempt: its outcome, and when it had started.
    #[inline]
    fn poll_attempt(&mut self, context: &mut Context<'_>) -> Poll<(Op::Outcome, Rounded)> {
        let StateProjection::Attempt(attempt, started) = self.state.as_mut().project() else {
            unreachable!("asked only when an attempt runs");
        };
        let output = ready!(attempt.poll(context));
        Poll::Ready((self.operation.settle(output), *started))
    }

    /// Obeys what the session says of an outcome: the outcome, if it is the last one.
    #[inline]
    fn judge(&mut self, (outcome, started): (Op::Outcome, Rounded)) -> Option<Op::Outcome>
    where
        P::Classifier: Classifier<Op::Outcome>,
    {
        // The attempt's future goes first: nothing of it may live on into the sleep.
        self.state.set(State::Nothing);
        let verdict = self.session.parts().classifier().classify(&outcome);
        let elapsed = self.session.elapsed_by(verdict, started, || self.timer.now());
        match self.session.step_if(elapsed, verdict, || self.operation.again()) {
            Step::Stop(_) => Some(outcome),
            Step::Retry(delay, permit) => {
                self.operation.discard(outcome);
                self.state.set(State::Sleep(self.timer.sleep(delay), permit));
                None
            }
        }
    }
}

/// What a stream needs, which passes on items of the running attempt.
#[cfg(feature = "futures")]
impl<P: Parts, Op: Shape, T: Timer> Retry<P, Op, T> {
    /// The running attempt, if there is one.
    pub(crate) fn running(self: Pin<&mut Self>) -> Option<Pin<&mut Op::Future>> {
        match self.project().state.project() {
            StateProjection::Attempt(attempt, _) => Some(attempt),
            _ => None,
        }
    }

    /// Counts the time that the running attempt lasts from `started` on.
    pub(crate) fn count_from(self: Pin<&mut Self>, started: Rounded) {
        if let StateProjection::Attempt(_, counted) = self.project().state.project() {
            *counted = started;
        }
    }

    /// The present, as long as it is needed to know how long an attempt lasts.
    pub(crate) fn mark(&self) -> Rounded {
        self.session.mark(|| self.session.elapsed(self.timer.now()))
    }
}

impl<P: Parts, Op: Shape, T: Timer> fmt::Debug for Retry<P, Op, T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let awaiting = match self.state {
            State::FirstPoll => "first poll",
            State::Ready(_) => "operation to be ready",
            State::Attempt(..) => "attempt",
            State::Sleep(..) => "sleep",
            State::Nothing => "nothing",
        };
        let number = self.session.attempt(Duration::ZERO).number();
        f.debug_struct("Retry").field("attempt", &number).field("awaiting", &awaiting).finish_non_exhaustive()
    }
}
