//! [`BudgetConfig`]: a budget as data.

use serde::{Deserialize, Serialize};

use super::configured::ConfiguredBudget;
use super::scalar::Scalar;
use crate::budget::{RatioBudget, TokenBudget};
use crate::error::Invalid;
use crate::verdict::Kind;

/// A budget as data.
#[derive(Clone, Copy, Debug, PartialEq)]
#[non_exhaustive]
pub enum BudgetConfig {
    /// A [`TokenBudget`].
    Tokens {
        /// The most tokens in stock; 10 unless set.
        capacity: u32,
        /// What a success earns; 0.1 unless set.
        per_success: f64,
        /// What a retry costs.
        cost: CostConfig,
    },
    /// A [`RatioBudget`].
    Ratio {
        /// Retries for each call; 0.2 unless set.
        ratio: f64,
        /// Retries each second in any case; 10 unless set.
        per_second: u32,
        /// What a retry costs.
        cost: CostConfig,
    },
}

/// What a retry costs, by the kind of failure before it; 1 unless set.
#[derive(Clone, Copy, Debug, PartialEq)]
#[non_exhaustive]
pub struct CostConfig {
    /// After a transient failure.
    pub transient: f64,
    /// After a call that was throttled.
    pub throttled: f64,
    /// After a call that was not sent.
    pub not_sent: f64,
}

impl Default for CostConfig {
    /// One for each kind.
    fn default() -> Self {
        Self { transient: 1.0, throttled: 1.0, not_sent: 1.0 }
    }
}

impl CostConfig {
    /// The costs that are set, each applied to a budget.
    fn apply<B>(&self, budget: B, cost: impl Fn(&B, Kind, f64) -> Result<B, Invalid>) -> Result<B, Invalid> {
        let costs = [
            (Kind::Transient, self.transient),
            (Kind::Throttled, self.throttled),
            (Kind::NotSent, self.not_sent),
        ];
        costs.into_iter().try_fold(budget, |budget, (kind, value)| cost(&budget, kind, value))
    }
}

impl BudgetConfig {
    /// The budget, with a full stock; `path` is where it stands, for the names of fields.
    pub(super) fn build(&self, path: &str) -> Result<ConfiguredBudget, Invalid> {
        match *self {
            Self::Tokens { capacity, per_success, cost } => TokenBudget::new(capacity, per_success)
                .and_then(|budget| cost.apply(budget, TokenBudget::cost))
                .map(ConfiguredBudget::Tokens)
                .map_err(|error| error.under(&format!("{path}.tokens"))),
            Self::Ratio { ratio, per_second, cost } => RatioBudget::new(ratio, per_second)
                .and_then(|budget| cost.apply(budget, RatioBudget::cost))
                .map(ConfiguredBudget::Ratio)
                .map_err(|error| error.under(&format!("{path}.ratio"))),
        }
    }
}

/// As it is written: a table with exactly one of these.
#[derive(Debug, Default, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub(super) struct RawBudget {
    #[serde(skip_serializing_if = "Option::is_none")]
    tokens: Option<RawTokens>,
    #[serde(skip_serializing_if = "Option::is_none")]
    ratio: Option<RawRatio>,
}

#[derive(Debug, Default, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
struct RawTokens {
    capacity: Scalar,
    per_success: Scalar,
    cost: RawCost,
}

#[derive(Debug, Default, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
struct RawRatio {
    ratio: Scalar,
    per_second: Scalar,
    cost: RawCost,
}

#[derive(Debug, Default, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
struct RawCost {
    transient: Scalar,
    throttled: Scalar,
    not_sent: Scalar,
}

const A_COUNT: &str = "must be a whole number";
const A_NUMBER: &str = "must be a number";

impl RawBudget {
    pub(super) fn read(&self, path: &str) -> Result<BudgetConfig, Invalid> {
        let at = |name: &str| format!("{path}.{name}");
        match (&self.tokens, &self.ratio) {
            (Some(tokens), None) => Ok(BudgetConfig::Tokens {
                capacity: tokens.capacity.number(&at("tokens.capacity"), Some(10), A_COUNT)?,
                per_success: tokens.per_success.number(&at("tokens.per_success"), Some(0.1), A_NUMBER)?,
                cost: tokens.cost.read(&at("tokens.cost"))?,
            }),
            (None, Some(ratio)) => Ok(BudgetConfig::Ratio {
                ratio: ratio.ratio.number(&at("ratio.ratio"), Some(0.2), A_NUMBER)?,
                per_second: ratio.per_second.number(&at("ratio.per_second"), Some(10), A_COUNT)?,
                cost: ratio.cost.read(&at("ratio.cost"))?,
            }),
            (None, None) => Err(Invalid::new(path.to_owned(), "empty", "must be tokens or ratio")),
            (Some(_), Some(_)) => Err(Invalid::new(path.to_owned(), "both", "must be tokens or ratio")),
        }
    }
}

impl RawCost {
    fn read(&self, path: &str) -> Result<CostConfig, Invalid> {
        let read = |scalar: &Scalar, name| scalar.number(&format!("{path}.{name}"), Some(1.0), A_NUMBER);
        Ok(CostConfig {
            transient: read(&self.transient, "transient")?,
            throttled: read(&self.throttled, "throttled")?,
            not_sent: read(&self.not_sent, "not_sent")?,
        })
    }
}

impl From<&CostConfig> for RawCost {
    fn from(cost: &CostConfig) -> Self {
        let [transient, throttled, not_sent] =
            [cost.transient, cost.throttled, cost.not_sent].map(Scalar::Real);
        Self { transient, throttled, not_sent }
    }
}

impl From<&BudgetConfig> for RawBudget {
    fn from(budget: &BudgetConfig) -> Self {
        match budget {
            BudgetConfig::Tokens { capacity, per_success, cost } => {
                let capacity = Scalar::Whole((*capacity).into());
                let raw = RawTokens { capacity, per_success: Scalar::Real(*per_success), cost: cost.into() };
                Self { tokens: Some(raw), ratio: None }
            }
            BudgetConfig::Ratio { ratio, per_second, cost } => {
                let per_second = Scalar::Whole((*per_second).into());
                let raw = RawRatio { ratio: Scalar::Real(*ratio), per_second, cost: cost.into() };
                Self { tokens: None, ratio: Some(raw) }
            }
        }
    }
}
