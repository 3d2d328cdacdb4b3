//! [`StopOn`]: an operation that is not started again once a signal has come.

use std::fmt;
use std::pin::Pin;
use std::task::{Context, Poll, Waker};

use super::{Interruptible, Operation, Shape};
use crate::attempt::Attempt;
use crate::decision::Reason;

/// An operation that is not started again once a signal has come. Made by
/// [`Retry::stop_on`](crate::Retry::stop_on).
pub struct StopOn<Op, F, O> {
    operation: Op,
    /// `None` once it has come.
    signal: Option<Pin<Box<F>>>,
    /// The last outcome, while the call sleeps.
    kept: Option<O>,
}

impl<Op, F: Future<Output = ()>, O> StopOn<Op, F, O> {
    pub(crate) fn new(operation: Op, signal: F) -> Self {
        Self { operation, signal: Some(Box::pin(signal)), kept: None }
    }

    fn has_come(&mut self, context: &mut Context<'_>) -> bool {
        if self.signal.as_mut().is_some_and(|signal| signal.as_mut().poll(context).is_ready()) {
            self.signal = None;
        }
        self.signal.is_none()
    }
}

impl<Op: Operation<Outcome = O>, F, O> StopOn<Op, F, O> {
    /// Hands the last outcome to the operation: late, since the signal could have asked for it until now.
    fn give_back(&mut self) {
        if let Some(outcome) = self.kept.take() {
            self.operation.discard(outcome);
        }
    }
}

impl<Op: Shape, F, O> Shape for StopOn<Op, F, O> {
    type Future = Op::Future;
}

impl<Op, F, O> Operation for StopOn<Op, F, O>
where
    Op: Operation<Outcome = O>,
    F: Future<Output = ()>,
{
    type Outcome = O;

    fn poll_ready(&mut self, context: &mut Context<'_>) -> Poll<Result<(), O>> {
        // A future may begin to wait only when it is polled: the signal's own clock starts with the call.
        self.has_come(context);
        let ready = self.operation.poll_ready(context);
        if matches!(ready, Poll::Ready(Err(_))) {
            self.give_back(); // an attempt that could not start replaces the one before, too
        }
        ready
    }

    fn start(&mut self, attempt: Attempt) -> Op::Future {
        self.give_back();
        self.operation.start(attempt)
    }

    fn settle(&mut self, output: <Op::Future as Future>::Output) -> O {
        self.operation.settle(output)
    }

    fn again(&mut self) -> Result<(), Reason> {
        // A look, not a wait: the call waits for the signal while it sleeps.
        if self.has_come(&mut Context::from_waker(Waker::noop())) {
            return Err(Reason::Stopped);
        }
        self.operation.again()
    }

    fn discard(&mut self, outcome: O) {
        self.kept = Some(outcome);
    }

    fn poll_stopped(&mut self, context: &mut Context<'_>) -> Poll<O> {
        if self.has_come(context) {
            if let Some(outcome) = self.kept.take() {
                return Poll::Ready(outcome);
            }
        }
        Poll::Pending
    }
}

impl<Op: Interruptible, F, O> Interruptible for StopOn<Op, F, O> {}

impl<Op: fmt::Debug, F, O> fmt::Debug for StopOn<Op, F, O> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("StopOn")
            .field("operation", &self.operation)
            .field("stopped", &self.signal.is_none())
            .finish_non_exhaustive()
    }
}
