//! [`Retry`]: the executor. Runs attempts and sleeps as the session says, and decides nothing itself.

mod poll;

use std::fmt;
#[cfg(feature = "futures")]
use std::pin::Pin;
use std::time::Duration;

use pin_project::pin_project;

use crate::as_policy::Parts;
use crate::attempt::Attempt;
use crate::driver::Driver;
use crate::operation::Shape;
use crate::rounded::Rounded;
use crate::step::PermitOf;
use crate::timer::{DefaultTimer, Timer};

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
    driver: Driver<P, T>,
    operation: Op,
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
        Self { driver: Driver::new(policy, timer), operation, state: State::FirstPoll }
    }

    /// The policy that this call consults, for one of your own that takes notes: see [`Parts::observe`].
    pub const fn parts(&self) -> &P {
        self.driver.policy()
    }

    /// The same call, going on where `attempt` was about to start.
    pub(crate) fn go_on(mut self, attempt: &Attempt) -> Self {
        self.driver.go_on(attempt);
        self
    }

    /// The same call with its operation wrapped.
    pub(crate) fn map_operation<Or: Shape>(self, change: impl FnOnce(Op, &T) -> Or) -> Retry<P, Or, T> {
        let operation = change(self.operation, self.driver.timer());
        Retry { driver: self.driver, operation, state: State::FirstPoll }
    }

    /// The same call with its parts wrapped or replaced, before its first attempt: it takes `self`, which most
    /// futures cannot give once they are polled, and begins anew for those that can.
    pub(crate) fn map<Q: Parts>(self, change: impl FnOnce(P) -> Q) -> Retry<Q, Op, T> {
        Retry { driver: self.driver.map(change), operation: self.operation, state: State::FirstPoll }
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
        self.driver.mark()
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
        let number = self.driver.session().attempt(Duration::ZERO).number();
        f.debug_struct("Retry").field("attempt", &number).field("awaiting", &awaiting).finish_non_exhaustive()
    }
}
