//! [`Floor`]: no delay below a floor.

use std::time::Duration;

use crate::attempt::Failure;
use crate::backoff::{Backoff, BackoffWrapper};
use crate::decision::Decision;
use crate::rust_code::{Code, prints};

/// No delay below a floor. Made by [`BackoffExt::floor`](super::BackoffExt::floor).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Floor<B> {
    pub(super) inner: B,
    pub(super) floor: Duration,
}

prints!(Floor<B>: |this| "{}.floor({})", this.inner, Code(this.floor));

impl<B: Backoff> BackoffWrapper for Floor<B> {
    type Inner = B;

    #[inline]
    fn inner(&self) -> &B {
        &self.inner
    }

    #[inline(always)]
    fn decide_around(&self, failure: &Failure) -> Decision {
        self.inner.decide(failure).map(|delay| delay.max(self.floor))
    }
}
