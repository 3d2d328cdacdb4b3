//! [`ByKind`]: another backoff for failures of one kind.

use crate::attempt::Failure;
use crate::backoff::Backoff;
use crate::decision::Decision;
use crate::limits::deadline::on_time;
use crate::needs::Needs;
use crate::rust_code::prints;
use crate::verdict::Kind;

/// Another backoff for failures of one kind. Made by [`BackoffExt::by_kind`](super::BackoffExt::by_kind).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct ByKind<A, B> {
    pub(super) inner: A,
    pub(super) kind: Kind,
    pub(super) other: B,
}

prints!(ByKind<A, B>: |this| "{}.by_kind(Kind::{:?}, {})", this.inner, this.kind, this.other);

impl<A: Backoff, B: Backoff> Backoff for ByKind<A, B> {
    #[inline(always)]
    fn decide(&self, failure: &Failure) -> Decision {
        if failure.kind() == self.kind {
            on_time(&self.other, failure)
        } else {
            on_time(&self.inner, failure)
        }
    }

    #[inline]
    fn needs(&self) -> Needs {
        self.inner.needs().or(self.other.needs())
    }
}
