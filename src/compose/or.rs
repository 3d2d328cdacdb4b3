//! [`Or`]: two backoffs, either of which may insist.

use crate::attempt::Failure;
use crate::backoff::Backoff;
use crate::decision::Decision;
use crate::limits::deadline::on_time;
use crate::needs::Needs;
use crate::rust_code::prints;

/// Two backoffs, either of which may insist. Made by [`BackoffExt::or`](super::BackoffExt::or).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Or<A, B> {
    pub(super) first: A,
    pub(super) second: B,
}

prints!(Or<A, B>: |this| "{}.or({})", this.first, this.second);

impl<A: Backoff, B: Backoff> Backoff for Or<A, B> {
    #[inline(always)]
    fn decide(&self, failure: &Failure) -> Decision {
        on_time(&self.first, failure).min(on_time(&self.second, failure))
    }

    #[inline]
    fn needs(&self) -> Needs {
        self.first.needs().or(self.second.needs())
    }
}
