//! [`constant`]: the same delay before every retry.

use std::time::Duration;

use super::Backoff;
use crate::attempt::Failure;
use crate::decision::Decision;
use crate::needs::Needs;
use crate::rust_code::{Code, prints};

/// The same delay before every retry, without end: `constant(100 ms)` waits 100 ms, 100 ms, 100 ms, …
///
/// Limit it with [`attempts`](crate::BackoffExt::attempts) or [`within`](crate::BackoffExt::within).
#[must_use]
#[inline]
pub const fn constant(delay: Duration) -> Constant {
    Constant { delay }
}

/// The same delay before every retry. Made by [`constant`].
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Constant {
    delay: Duration,
}

prints!(Constant: |this| "constant({})", Code(this.delay));

impl Backoff for Constant {
    #[inline]
    fn decide(&self, _failure: &Failure) -> Decision {
        Decision::Retry(self.delay)
    }

    fn needs(&self) -> Needs {
        Needs::NOTHING
    }
}
