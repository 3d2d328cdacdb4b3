//! [`Tested`]: a policy under test, and the load up to which a system with it gets over any outage.

use persevere::{AnyBackoff, AnyBudget, RatioBudget, TokenBudget};

/// A policy under test.
#[derive(Clone, Debug)]
pub struct Tested {
    /// Its name.
    pub name: &'static str,
    pub(crate) backoff: AnyBackoff,
    limit: Limit,
}

/// What limits the retries when all attempts fail.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Limit {
    /// So many for each call, and no budget.
    Each(u32),
    /// A budget of so much of a retry for each call.
    Ratio(f64),
    /// The default [`TokenBudget`]: nothing is earned while nothing succeeds.
    Tokens,
}

impl Tested {
    pub(crate) const fn new(name: &'static str, backoff: AnyBackoff, limit: Limit) -> Self {
        Self { name, backoff, limit }
    }

    /// The part of the capacity up to which a system gets over an outage: 1 / (1 + r), r being the retries for each call when all
    /// fail.
    #[must_use]
    pub fn threshold(&self) -> f64 {
        let retries = match self.limit {
            Limit::Each(retries) => f64::from(retries),
            Limit::Ratio(ratio) => ratio,
            Limit::Tokens => 0.0,
        };
        1.0 / (1.0 + retries)
    }

    /// A budget with a full stock.
    pub(crate) fn budget(&self) -> AnyBudget {
        match self.limit {
            Limit::Each(_) => AnyBudget::Unlimited,
            Limit::Ratio(ratio) => RatioBudget::new(ratio, 0).expect("a valid budget").into(),
            Limit::Tokens => TokenBudget::default().into(),
        }
    }
}
