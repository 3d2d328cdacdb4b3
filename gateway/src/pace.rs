//! [`Pace`]: watches the progress of a transfer.

use std::pin::Pin;
use std::task::{Context, Poll};
use std::time::{Duration, Instant};

use tokio::time::Sleep;

use crate::time::{boxed_pause_until, now};

/// The limit on waiting without progress.
///
/// A transfer has stalled if it moves fewer than `bytes` in `time` of waiting.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Patience {
    /// Waiting is what counts, not the time between two waits.
    pub(crate) time: Duration,
    /// At least 1.
    pub(crate) bytes: u64,
}

impl Patience {
    /// The patience with streams of small messages, where any byte is progress.
    pub(crate) const fn with_streams(self) -> Self {
        Self { bytes: 1, ..self }
    }
}

/// The time spent waiting since the last progress, and the bytes moved meanwhile.
#[derive(Debug, Default)]
pub(crate) struct Ledger {
    moved: u64,
    waited: Duration,
    /// The start of the current wait.
    since: Option<Instant>,
}

impl Ledger {
    /// Begins to wait, or continues to wait.
    pub(crate) fn wait(&mut self) {
        if self.since.is_none() {
            self.since = Some(now());
        }
    }

    /// Ends the wait: this many bytes have moved.
    pub(crate) fn moved(&mut self, bytes: u64, enough: u64) {
        let is_new = self.since.is_none() && self.waited.is_zero();
        self.moved = self.moved.saturating_add(bytes);
        if is_new || self.moved >= enough {
            *self = Self::default();
        } else if let Some(since) = self.since.take() {
            self.waited = self.waited.saturating_add(now().saturating_duration_since(since));
        }
    }

    /// Returns the time at which the current wait has lasted too long.
    pub(crate) fn end(&self, limit: Duration) -> Option<Instant> {
        self.since?.checked_add(limit.saturating_sub(self.waited))
    }
}

/// The progress of a transfer that a task waits for.
#[derive(Debug)]
pub(crate) struct Pace {
    /// `None` for as long as it takes.
    patience: Option<Patience>,
    ledger: Ledger,
    timer: Timer,
}

impl Pace {
    pub(crate) const fn new(patience: Option<Patience>) -> Self {
        let ledger = Ledger { moved: 0, waited: Duration::ZERO, since: None };
        Self { patience, ledger, timer: Timer(None) }
    }

    /// Ends the wait: this many bytes have moved.
    pub(crate) fn moved(&mut self, bytes: usize) {
        if let Some(patience) = self.patience {
            self.ledger.moved(u64::try_from(bytes).unwrap_or(u64::MAX), patience.bytes);
        }
    }

    /// Continues to wait. Completes once too little has moved for too long.
    pub(crate) fn poll_stalled(&mut self, context: &mut Context<'_>) -> Poll<()> {
        let Some(patience) = self.patience else { return Poll::Pending };
        self.ledger.wait();
        self.timer.poll_at(self.ledger.end(patience.time), context)
    }
}

/// A timer that is set again and again.
#[derive(Debug, Default)]
pub(crate) struct Timer(Option<Pin<Box<Sleep>>>);

impl Timer {
    /// Completes at that time; never without one.
    pub(crate) fn poll_at(&mut self, time: Option<Instant>, context: &mut Context<'_>) -> Poll<()> {
        let Some(time) = time else { return Poll::Pending };
        let timer = self.0.get_or_insert_with(|| boxed_pause_until(time));
        if timer.deadline().into_std() != time {
            timer.as_mut().reset(time.into());
        }
        timer.as_mut().poll(context)
    }
}
