//! [`Attempts`]: a limit on the number of attempts.

use crate::attempt::Failure;
use crate::backoff::{Backoff, BackoffWrapper};
use crate::decision::{Decision, Reason};
use crate::rust_code::prints;

/// A limit on the number of attempts. Made by [`BackoffExt::attempts`](crate::BackoffExt::attempts) and
/// [`BackoffExt::retries`](crate::BackoffExt::retries).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Attempts<B> {
    pub(crate) inner: B,
    pub(crate) most: u32,
}

prints!(Attempts<B>: |this| "{}.attempts({})", this.inner, this.most);

impl<B: Backoff> BackoffWrapper for Attempts<B> {
    type Inner = B;

    #[inline]
    fn inner(&self) -> &B {
        &self.inner
    }

    #[inline(always)]
    fn decide_around(&self, failure: &Failure) -> Decision {
        if failure.number() >= self.most {
            return Decision::Stop(Reason::Attempts);
        }
        self.inner.decide(failure)
    }
}
