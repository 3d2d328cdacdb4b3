//! [`BudgetConfig`]: a budget as data.

use serde::{Deserialize, Serialize};

use super::scalar::{A_NUMBER, Scalar};
use super::table::Table;
use crate::budget::{AnyBudget, RatioBudget, TokenBudget};
use crate::error::Invalid;
use crate::verdict::Kind;

/// A budget as data.
#[derive(Clone, Copy, Debug, PartialEq)]
#[non_exhaustive]
pub enum BudgetConfig {
    /// A [`TokenBudget`].
    Tokens {
        /// The most tokens in stock, from 1 to 1,000,000; 10 unless set.
        capacity: u32,
        /// What a success earns, from 0 to 1,000 tokens, in thousandths; 0.1 unless set.
        per_success: f64,
        /// What a retry costs.
        cost: CostConfig,
    },
    /// A [`RatioBudget`].
    Ratio {
        /// Retries for each call, from 0 to 1,000, in thousandths; 0.1 unless set.
        ratio: f64,
        /// Retries each second in any case, from 0 to 100,000; 1 unless set.
        per_second: u32,
        /// What a retry costs.
        cost: CostConfig,
    },
}

impl Default for BudgetConfig {
    /// That of [`TokenBudget::default`].
    fn default() -> Self {
        let (capacity, per_success) = (TokenBudget::CAPACITY, TokenBudget::PER_SUCCESS);
        Self::Tokens { capacity, per_success, cost: CostConfig::default() }
    }
}

/// What a retry costs, by the kind of failure before it, in tokens or retries, from 0 to 1,000 and at most the capacity; 1 unless
/// set.
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
    pub(super) fn build(&self, path: &str) -> Result<AnyBudget, Invalid> {
        match *self {
            Self::Tokens { capacity, per_success, cost } => TokenBudget::new(capacity, per_success)
                .and_then(|budget| cost.apply(budget, TokenBudget::cost))
                .map(AnyBudget::Tokens)
                .map_err(|error| error.under(&format!("{path}.tokens"))),
            Self::Ratio { ratio, per_second, cost } => RatioBudget::new(ratio, per_second)
                .and_then(|budget| cost.apply(budget, RatioBudget::cost))
                .map(AnyBudget::Ratio)
                .map_err(|error| error.under(&format!("{path}.ratio"))),
        }
    }
}

/// As it is written: a table with exactly one of these.
#[derive(Debug, Default, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub(super) struct RawBudget {
    #[serde(skip_serializing_if = "Table::is_absent")]
    tokens: Table<RawTokens>,
    #[serde(skip_serializing_if = "Table::is_absent")]
    ratio: Table<RawRatio>,
}

#[derive(Debug, Default, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
struct RawTokens {
    capacity: Scalar,
    per_success: Scalar,
    #[serde(skip_serializing_if = "Table::is_absent")]
    cost: Table<RawCost>,
}

#[derive(Debug, Default, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
struct RawRatio {
    ratio: Scalar,
    per_second: Scalar,
    #[serde(skip_serializing_if = "Table::is_absent")]
    cost: Table<RawCost>,
}

#[derive(Debug, Default, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
struct RawCost {
    transient: Scalar,
    throttled: Scalar,
    not_sent: Scalar,
}

impl RawBudget {
    /// The one kind that is written.
    pub(super) fn read(&self, path: &str) -> Result<BudgetConfig, Invalid> {
        let at = |name: &str| format!("{path}.{name}");
        let cost = |cost: &Table<RawCost>, name: &str| {
            cost.read(&at(name), |cost| cost.read(&at(name))).map(Option::unwrap_or_default)
        };
        let tokens = self.tokens.read(&at("tokens"), |tokens| {
            Ok(BudgetConfig::Tokens {
                capacity: tokens.capacity.number(
                    &at("tokens.capacity"),
                    Some(TokenBudget::CAPACITY),
                    TokenBudget::CAPACITY_BOUND,
                )?,
                per_success: tokens.per_success.number(
                    &at("tokens.per_success"),
                    Some(TokenBudget::PER_SUCCESS),
                    A_NUMBER,
                )?,
                cost: cost(&tokens.cost, "tokens.cost")?,
            })
        })?;
        let ratio = self.ratio.read(&at("ratio"), |ratio| {
            Ok(BudgetConfig::Ratio {
                ratio: ratio.ratio.number(&at("ratio.ratio"), Some(RatioBudget::RATIO), A_NUMBER)?,
                per_second: ratio.per_second.number(
                    &at("ratio.per_second"),
                    Some(RatioBudget::PER_SECOND),
                    RatioBudget::PER_SECOND_BOUND,
                )?,
                cost: cost(&ratio.cost, "ratio.cost")?,
            })
        })?;
        let refused = |value| Err(Invalid::new(path.to_owned(), value, "must be none, tokens or ratio"));
        match (tokens, ratio) {
            (Some(budget), None) | (None, Some(budget)) => Ok(budget),
            (None, None) => refused("empty"),
            (Some(_), Some(_)) => refused("both"),
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
                let raw = RawTokens {
                    capacity,
                    per_success: Scalar::Real(*per_success),
                    cost: Table::Written(cost.into()),
                };
                Self { tokens: Table::Written(raw), ratio: Table::Absent }
            }
            BudgetConfig::Ratio { ratio, per_second, cost } => {
                let per_second = Scalar::Whole((*per_second).into());
                let raw =
                    RawRatio { ratio: Scalar::Real(*ratio), per_second, cost: Table::Written(cost.into()) };
                Self { tokens: Table::Absent, ratio: Table::Written(raw) }
            }
        }
    }
}
