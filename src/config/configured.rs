//! [`ConfiguredBackoff`] and [`ConfiguredBudget`]: what a configuration is built into.

use std::fmt::{self, Display};
use std::sync::Arc;

use std::time::Duration;

use crate::attempt::Failure;
use crate::backoff::Backoff;
use crate::budget::{Budget, Permit, RatioBudget, RatioPermit, TokenBudget, TokenPermit, Unlimited};
use crate::clock::{Clock, Stamp};
use crate::decision::Decision;
use crate::verdict::Kind;

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

/// The budget of a [`PolicyConfig`](super::PolicyConfig). Clones share its stock.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub enum ConfiguredBudget {
    /// None.
    Unlimited,
    /// Successes earn what retries cost.
    Tokens(TokenBudget),
    /// So many retries for each call and each second.
    Ratio(RatioBudget),
}

impl ConfiguredBudget {
    /// What is left of it, if there is one: tokens or retries.
    #[must_use]
    pub fn available(&self) -> Option<f64> {
        match self {
            Self::Unlimited => None,
            Self::Tokens(budget) => Some(budget.available()),
            Self::Ratio(budget) => Some(budget.available()),
        }
    }

    /// The same rules and a stock of its own, filled to the same part as that of `other`; one of another kind says
    /// nothing, and leaves it as it is.
    ///
    /// For a configuration that is loaded anew: a full stock while the upstream is down would be a wave of retries.
    #[must_use]
    pub fn filled_as(&self, other: &Self) -> Self {
        match (self, other) {
            (Self::Tokens(new), Self::Tokens(old)) => Self::Tokens(new.filled_as(old)),
            (Self::Ratio(new), Self::Ratio(old)) => Self::Ratio(new.filled_as(old)),
            _ => self.clone(),
        }
    }
}

impl Budget for ConfiguredBudget {
    type Permit = ConfiguredPermit;

    fn begin(&self, now: Stamp) {
        match self {
            Self::Unlimited => {}
            Self::Tokens(budget) => budget.begin(now),
            Self::Ratio(budget) => budget.begin(now),
        }
    }

    fn succeed(&self) {
        match self {
            Self::Unlimited => {}
            Self::Tokens(budget) => budget.succeed(),
            Self::Ratio(budget) => budget.succeed(),
        }
    }

    fn withdraw(&self, kind: Kind, now: Stamp) -> Option<ConfiguredPermit> {
        match self {
            Self::Unlimited => Some(ConfiguredPermit::Unlimited),
            Self::Tokens(budget) => budget.withdraw(kind, now).map(ConfiguredPermit::Tokens),
            Self::Ratio(budget) => budget.withdraw(kind, now).map(ConfiguredPermit::Ratio),
        }
    }

    fn clock(&self) -> Clock {
        match self {
            Self::Unlimited => Clock::Unused,
            Self::Tokens(budget) => budget.clock(),
            Self::Ratio(budget) => budget.clock(),
        }
    }
}

impl Display for ConfiguredBudget {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Unlimited => Unlimited.fmt(f),
            Self::Tokens(budget) => budget.fmt(f),
            Self::Ratio(budget) => budget.fmt(f),
        }
    }
}

/// What one retry has taken from a [`ConfiguredBudget`].
#[derive(Debug)]
#[non_exhaustive]
#[must_use = "a permit that is dropped goes back into its stock"]
pub enum ConfiguredPermit {
    /// Nothing.
    Unlimited,
    /// Tokens.
    Tokens(TokenPermit),
    /// A part of a ratio.
    Ratio(RatioPermit),
}

impl Permit for ConfiguredPermit {
    fn spend(self) {
        match self {
            Self::Unlimited => {}
            Self::Tokens(permit) => permit.spend(),
            Self::Ratio(permit) => permit.spend(),
        }
    }
}
