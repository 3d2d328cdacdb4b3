//! [`And`]: two backoffs that must agree.

use crate::attempt::Failure;
use crate::backoff::Backoff;
use crate::decision::Decision;
use crate::needs::Needs;
use crate::rust_code::prints;

/// Two backoffs that must agree. Made by [`BackoffExt::and`](super::BackoffExt::and).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct And<A, B> {
    pub(super) first: A,
    pub(super) second: B,
}

prints!(And<A, B>: |this| "{}.and({})", this.first, this.second);

impl<A: Backoff, B: Backoff> Backoff for And<A, B> {
    #[inline(always)]
    fn decide(&self, failure: &Failure) -> Decision {
        self.first.decide(failure).max(self.second.decide(failure))
    }

    #[inline]
    fn needs(&self) -> Needs {
        self.first.needs().and(self.second.needs())
    }
}
