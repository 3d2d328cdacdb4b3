//! [`Timed`]: an operation whose attempts end after a time, with [`Elapsed`] as their error.

use std::pin::Pin;
use std::task::{Context, Poll};
use std::time::Duration;

use pin_project::pin_project;

use crate::attempt::Attempt;
use crate::decision::Reason;
use crate::error::Elapsed;
use crate::operation::{Interruptible, Operation, Shape};
use crate::timer::Timer;

/// An operation whose attempts end after a time. Made by
/// [`Retry::attempt_timeout`](crate::Retry::attempt_timeout).
#[derive(Clone, Copy, Debug)]
pub struct Timed<Op, T> {
    pub(crate) operation: Op,
    pub(crate) limit: Duration,
    pub(crate) timer: T,
}

/// The future of a [`Timed`] attempt.
#[pin_project]
#[derive(Debug)]
#[must_use = "futures do nothing unless you `.await` or poll them"]
pub struct TimedAttempt<F, S> {
    #[pin]
    attempt: F,
    #[pin]
    sleep: S,
}

impl<F: Future, S: Future<Output = ()>> Future for TimedAttempt<F, S> {
    type Output = Result<F::Output, Elapsed>;

    fn poll(self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Self::Output> {
        let this = self.project();
        if let Poll::Ready(output) = this.attempt.poll(context) {
            return Poll::Ready(Ok(output));
        }
        this.sleep.poll(context).map(|()| Err(Elapsed::new()))
    }
}

impl<Op: Shape, T: Timer> Shape for Timed<Op, T> {
    type Future = TimedAttempt<Op::Future, T::Sleep>;
}

impl<Op, T, V, E> Operation for Timed<Op, T>
where
    Op: Operation<Outcome = Result<V, E>> + Interruptible,
    E: From<Elapsed>,
    T: Timer,
{
    type Outcome = Result<V, E>;

    fn poll_ready(&mut self, context: &mut Context<'_>) -> Poll<Result<(), Self::Outcome>> {
        self.operation.poll_ready(context)
    }

    fn start(&mut self, attempt: Attempt) -> Self::Future {
        let limit = attempt.remaining().map_or(self.limit, |remaining| remaining.min(self.limit));
        TimedAttempt { attempt: self.operation.start(attempt), sleep: self.timer.sleep(limit) }
    }

    fn settle(&mut self, output: Result<<Op::Future as Future>::Output, Elapsed>) -> Result<V, E> {
        match output {
            Ok(output) => self.operation.settle(output),
            Err(elapsed) => Err(elapsed.into()),
        }
    }

    fn again(&mut self) -> Result<(), Reason> {
        self.operation.again()
    }

    fn discard(&mut self, outcome: Result<V, E>) {
        self.operation.discard(outcome);
    }

    fn poll_stopped(&mut self, context: &mut Context<'_>) -> Poll<Result<V, E>> {
        self.operation.poll_stopped(context)
    }
}

impl<Op: Interruptible, T> Interruptible for Timed<Op, T> {}
