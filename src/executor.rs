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
use crate::session::{PermitOf, Session, Step};
use crate::timer::{DefaultTimer, Timer};
use crate::verdict::Verdict;

/// After this many attempts in one poll, a call lets other tasks run.
const ATTEMPTS_PER_POLL: u32 = 64;

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
#[pin_project]
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

    fn poll(self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Self::Output> {
        let mut call = self.project();
        let (mut attempts, mut began) = (0_u32, None);
        while attempts < ATTEMPTS_PER_POLL {
            if let StateProjection::Sleep(..) | StateProjection::Ready(Some(_)) =
                call.state.as_mut().project()
            {
                if let Poll::Ready(outcome) = call.operation.poll_stopped(context) {
                    let elapsed = call.session.elapsed_by(Verdict::Reject, Rounded::MAX, || call.timer.now());
                    call.state.set(State::Nothing);
                    call.session.stop(elapsed);
                    return Poll::Ready(outcome);
                }
            }
            let (outcome, started) = match call.state.as_mut().project() {
                StateProjection::FirstPoll => {
                    began = Some(call.session.begin_by(|| call.timer.now()));
                    call.state.set(State::Ready(None));
                    continue;
                }
                StateProjection::Ready(permit) => match ready!(call.operation.poll_ready(context)) {
                    Ok(()) => {
                        if let Some(permit) = permit.take() {
                            permit.spend();
                        }
                        attempts = attempts.saturating_add(1);
                        let attempt = upcoming(call.session, call.timer, began.take());
                        let started = call.session.mark(attempt.elapsed());
                        call.state.set(State::Attempt(call.operation.start(attempt), started));
                        continue;
                    }
                    Err(outcome) => (outcome, Rounded::MAX),
                },
                StateProjection::Attempt(attempt, started) => {
                    let output = ready!(attempt.poll(context));
                    (call.operation.settle(output), *started)
                }
                StateProjection::Sleep(sleep, _) => {
                    ready!(sleep.poll(context));
                    if let StateOwned::Sleep(_, permit) = call.state.as_mut().project_replace(State::Nothing)
                    {
                        call.state.set(State::Ready(Some(permit)));
                    }
                    continue;
                }
                StateProjection::Nothing => panic!("`Retry` must not be polled after it is done"),
            };
            // The attempt's future goes first: nothing of it may live on into the sleep.
            call.state.set(State::Nothing);
            match judge(call.session, call.operation, call.timer, &outcome, started) {
                Step::Stop(_) => return Poll::Ready(outcome),
                Step::Retry(delay, permit) => {
                    call.operation.discard(outcome);
                    call.state.set(State::Sleep(call.timer.sleep(delay), permit));
                }
            }
        }
        context.waker().wake_by_ref();
        Poll::Pending
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
        self.session.mark_by(|| self.timer.now())
    }
}

/// The attempt that starts now. One that starts with the call, when so much time had passed, does so without another
/// look at the clock.
fn upcoming<P: Parts>(session: &Session<P>, timer: &impl Timer, began: Option<Duration>) -> Attempt {
    session.attempt(match began {
        Some(elapsed) => elapsed,
        None if session.wants_clock() => session.elapsed(timer.now()),
        None => Duration::ZERO,
    })
}

/// What follows an outcome of the attempt that started at `started`.
fn judge<P: Parts, Op: Operation>(
    session: &mut Session<P>,
    operation: &mut Op,
    timer: &impl Timer,
    outcome: &Op::Outcome,
    started: Rounded,
) -> Step<PermitOf<P>>
where
    P::Classifier: Classifier<Op::Outcome>,
{
    let verdict = session.parts().classifier().classify(outcome);
    let elapsed = session.elapsed_by(verdict, started, || timer.now());
    session.step_if(elapsed, verdict, || operation.again())
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
