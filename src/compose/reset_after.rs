//! [`ResetAfter`]: a call starts over after an attempt that was healthy for long.

use std::time::Duration;

use crate::attempt::Failure;
use crate::backoff::Backoff;
use crate::clock::Clock;
use crate::decision::Decision;
use crate::rust_code::{Code, prints};

/// A call starts over after an attempt that was healthy for long. Made by
/// [`BackoffExt::reset_after`](super::BackoffExt::reset_after).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct ResetAfter<B> {
    pub(super) inner: B,
    pub(super) healthy: Duration,
}

prints!(ResetAfter<B>: |this| "{}.reset_after({})", this.inner, Code(this.healthy));

impl<B: Backoff> Backoff for ResetAfter<B> {
    #[inline(always)]
    fn decide(&self, failure: &Failure) -> Decision {
        self.inner.decide(failure)
    }

    fn clock(&self) -> Clock {
        let inner = self.inner.clock();
        if self.healthy == Duration::MAX { inner } else { inner.and(Clock::Read) }
    }

    fn resets_after(&self) -> Duration {
        self.inner.resets_after().min(self.healthy)
    }
}
