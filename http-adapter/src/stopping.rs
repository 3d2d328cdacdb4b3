//! [`Stopping`]: a signal after which no attempt starts, and the outcome that is kept until then.

use std::task::{Context, Poll, Waker};

use crate::filter::Signal;

/// A signal after which no attempt starts, and the outcome that is kept until then.
pub(crate) struct Stopping<O> {
    /// `None` once it has come.
    signal: Option<Signal>,
    /// The last outcome, while the call waits.
    kept: Option<O>,
}

impl<O> Stopping<O> {
    pub(crate) const fn new(signal: Signal) -> Self {
        Self { signal: Some(signal), kept: None }
    }

    /// Whether the signal has come: a look, not a wait.
    pub(crate) fn has_come(&mut self) -> bool {
        self.poll_signal(&mut Context::from_waker(Waker::noop())).is_ready()
    }

    pub(crate) fn keep(&mut self, outcome: O) {
        self.kept = Some(outcome);
    }

    /// The outcome that is kept: another attempt replaces it.
    pub(crate) const fn release(&mut self) -> Option<O> {
        self.kept.take()
    }

    /// The outcome that is kept, once the signal has come.
    pub(crate) fn poll(&mut self, context: &mut Context<'_>) -> Poll<O> {
        match self.poll_signal(context) {
            Poll::Ready(()) => self.kept.take().map_or(Poll::Pending, Poll::Ready),
            Poll::Pending => Poll::Pending,
        }
    }

    fn poll_signal(&mut self, context: &mut Context<'_>) -> Poll<()> {
        if self.signal.as_mut().is_some_and(|signal| signal.as_mut().poll(context).is_ready()) {
            self.signal = None;
        }
        if self.signal.is_none() { Poll::Ready(()) } else { Poll::Pending }
    }
}
