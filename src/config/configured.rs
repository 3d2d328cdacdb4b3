//! [`ConfiguredBackoff`]: the backoff that a configuration is built into.

use std::fmt::{self, Display};
use std::sync::Arc;
use std::time::Duration;

use crate::attempt::Failure;
use crate::backoff::Backoff;
use crate::clock::Clock;
use crate::decision::Decision;

/// A backoff that can be printed and shared.
pub(super) trait Shown: Backoff + Display + Send + Sync {}

impl<B: Backoff + Display + Send + Sync> Shown for B {}

pub(super) fn boxed(backoff: impl Shown + 'static) -> Box<dyn Shown> {
    Box::new(backoff)
}

/// The backoff of a [`PolicyConfig`](super::PolicyConfig). Clones share it; it prints as the code that makes it.
#[derive(Clone)]
pub struct ConfiguredBackoff(Arc<dyn Shown>);

impl ConfiguredBackoff {
    pub(super) fn new(backoff: Box<dyn Shown>) -> Self {
        Self(Arc::from(backoff))
    }
}

impl Backoff for ConfiguredBackoff {
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

impl Display for ConfiguredBackoff {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}

impl fmt::Debug for ConfiguredBackoff {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "ConfiguredBackoff({self})")
    }
}
