//! [`Then`]: one backoff after the other.

use crate::attempt::Failure;
use crate::backoff::Backoff;
use crate::decision::Decision;
use crate::limits::deadline::on_time;
use crate::needs::Needs;
use crate::rust_code::prints;

/// One backoff after the other. Made by [`BackoffExt::then`](super::BackoffExt::then).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Then<A, B> {
    pub(super) first: A,
    pub(super) attempts: u32,
    pub(super) next: B,
}

prints!(Then<A, B>: |this| "{}.then({}, {})", this.first, this.attempts, this.next);

impl<A: Backoff, B: Backoff> Backoff for Then<A, B> {
    #[inline(always)]
    fn decide(&self, failure: &Failure) -> Decision {
        match failure.number().checked_sub(self.attempts) {
            None | Some(0) => on_time(&self.first, failure),
            Some(number) => on_time(&self.next, &failure.with_number(number)),
        }
    }

    #[inline]
    fn needs(&self) -> Needs {
        self.first.needs().or(self.next.needs())
    }
}
