//! [`AnyBackoff`]: a backoff of whatever type that prints as the code that makes it.

use std::fmt::{self, Display};
use std::sync::Arc;
use std::time::Duration;

use crate::attempt::Failure;
use crate::backoff::Backoff;
use crate::clock::Clock;
use crate::decision::Decision;

/// A backoff that can be printed and shared.
trait Shown: Backoff + Display + Send + Sync {}

impl<B: Backoff + Display + Send + Sync> Shown for B {}

/// A backoff of whatever type. It prints as the code that makes it, with `{:?}` as well; clones share it.
#[derive(Clone)]
pub struct AnyBackoff(Arc<dyn Shown>);

impl AnyBackoff {
    /// `backoff`, whatever its type.
    #[must_use]
    pub fn new(backoff: impl Backoff + Display + Send + Sync + 'static) -> Self {
        Self(Arc::new(backoff))
    }
}

impl Backoff for AnyBackoff {
    fn decide(&self, failure: &Failure) -> Decision {
        self.0.decide(failure)
    }

    fn clock(&self) -> Clock {
        self.0.clock()
    }

    fn resets_after(&self) -> Duration {
        self.0.resets_after()
    }
}

impl Display for AnyBackoff {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}

impl fmt::Debug for AnyBackoff {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}
