//! [`AnyBudget`]: a budget whose kind is known at run time.

use std::fmt::{self, Display};
use std::time::Duration;

use super::{Budget, Permit, RatioBudget, RatioPermit, TokenBudget, TokenPermit, Unlimited};
use crate::clock::{Clock, Stamp};
use crate::verdict::Kind;

/// A budget of either kind, or none: for who learns the kind at run time, from a configuration for instance. Clones share
/// its stock. A budget of your own needs no place in it: a policy is generic over its budget.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub enum AnyBudget {
    /// None.
    Unlimited,
    /// Successes earn what retries cost.
    Tokens(TokenBudget),
    /// So many retries for each call and each second.
    Ratio(RatioBudget),
}

impl AnyBudget {
    /// What is left of it, if there is one: tokens or retries.
    #[must_use]
    pub fn available(&self) -> Option<f64> {
        match self {
            Self::Unlimited => None,
            Self::Tokens(budget) => Some(budget.available()),
            Self::Ratio(budget) => Some(budget.available()),
        }
    }

    /// What a full stock holds, if there is one: tokens or retries.
    #[must_use]
    pub fn capacity(&self) -> Option<u32> {
        match self {
            Self::Unlimited => None,
            Self::Tokens(budget) => Some(budget.capacity()),
            Self::Ratio(budget) => Some(budget.capacity()),
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

impl From<Unlimited> for AnyBudget {
    fn from(_: Unlimited) -> Self {
        Self::Unlimited
    }
}

impl From<TokenBudget> for AnyBudget {
    fn from(budget: TokenBudget) -> Self {
        Self::Tokens(budget)
    }
}

impl From<RatioBudget> for AnyBudget {
    fn from(budget: RatioBudget) -> Self {
        Self::Ratio(budget)
    }
}

impl Budget for AnyBudget {
    type Permit = AnyPermit;

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

    fn withdraw(&self, kind: Kind, now: Stamp) -> Option<AnyPermit> {
        match self {
            Self::Unlimited => Some(AnyPermit::Unlimited),
            Self::Tokens(budget) => budget.withdraw(kind, now).map(AnyPermit::Tokens),
            Self::Ratio(budget) => budget.withdraw(kind, now).map(AnyPermit::Ratio),
        }
    }

    fn most_retries(&self, calls: u64, time: Duration) -> Option<u64> {
        match self {
            Self::Unlimited => None,
            Self::Tokens(budget) => budget.most_retries(calls, time),
            Self::Ratio(budget) => budget.most_retries(calls, time),
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

impl Display for AnyBudget {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Unlimited => Unlimited.fmt(f),
            Self::Tokens(budget) => budget.fmt(f),
            Self::Ratio(budget) => budget.fmt(f),
        }
    }
}

/// What one retry has taken from an [`AnyBudget`].
#[derive(Debug)]
#[non_exhaustive]
#[must_use = "a permit that is dropped goes back into its stock"]
pub enum AnyPermit {
    /// Nothing.
    Unlimited,
    /// Tokens.
    Tokens(TokenPermit),
    /// A part of a ratio.
    Ratio(RatioPermit),
}

impl Permit for AnyPermit {
    fn spend(self) {
        match self {
            Self::Unlimited => {}
            Self::Tokens(permit) => permit.spend(),
            Self::Ratio(permit) => permit.spend(),
        }
    }
}
