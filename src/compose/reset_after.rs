//! [`ResetAfter`]: a call starts over after an attempt that was healthy for long.

use std::time::Duration;

use crate::backoff::{Backoff, BackoffWrapper};
use crate::needs::Needs;
use crate::rust_code::{Code, prints};

/// A call starts over after an attempt that was healthy for long. Made by
/// [`BackoffExt::reset_after`](super::BackoffExt::reset_after).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct ResetAfter<B> {
    pub(super) inner: B,
    pub(super) healthy: Duration,
}

prints!(ResetAfter<B>: |this| "{}.reset_after({})", this.inner, Code(this.healthy));

impl<B: Backoff> BackoffWrapper for ResetAfter<B> {
    type Inner = B;

    #[inline]
    fn inner(&self) -> &B {
        &self.inner
    }

    #[inline]
    fn adjust(&self, needs: Needs) -> Needs {
        needs.reset_after(self.healthy)
    }
}
