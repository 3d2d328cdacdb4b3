//! [`Capped`]: no delay above a cap.

use std::time::Duration;

use crate::attempt::Failure;
use crate::backoff::{Backoff, BackoffWrapper};
use crate::decision::Decision;
use crate::nanos;
use crate::rust_code::{Code, prints};

/// No delay above a cap. Made by [`BackoffExt::capped`](super::BackoffExt::capped).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Capped<B> {
    pub(super) inner: B,
    /// In nanoseconds.
    pub(super) cap: u64,
}

prints!(Capped<B>: |this| "{}.capped({})", this.inner, Code::nanos(this.cap));

impl<B: Backoff> BackoffWrapper for Capped<B> {
    type Inner = B;

    #[inline]
    fn inner(&self) -> &B {
        &self.inner
    }

    #[inline(always)]
    fn decide_around(&self, failure: &Failure) -> Decision {
        // Inwards for the jitters, which draw below it; outwards for a backoff that knows nothing of caps.
        let decision = self.inner.decide(&failure.with_cap_nanos(self.cap));
        decision.map(|delay| Duration::from_nanos(nanos::of(delay).min(self.cap)))
    }
}
