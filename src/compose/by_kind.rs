//! [`ByKind`]: another backoff for failures of one kind.

use std::time::Duration;

use crate::attempt::Failure;
use crate::backoff::Backoff;
use crate::clock::Clock;
use crate::decision::Decision;
use crate::limits::on_time;
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

    fn clock(&self) -> Clock {
        self.inner.clock().or(self.other.clock())
    }

    fn resets_after(&self) -> Duration {
        self.inner.resets_after().min(self.other.resets_after())
    }
}
