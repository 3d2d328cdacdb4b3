//! [`Raw`]: a configuration as it is written, before its values are looked at.

use std::time::Duration;

use serde::{Deserialize, Serialize};

use super::budget::RawBudget;
use super::growth::{GrowthConfig, RawGrowth};
use super::scalar::Scalar;
use super::table::Table;
use super::{ATTEMPTS, ByKindConfig, JitterConfig, PolicyConfig};
use crate::error::Invalid;
use crate::hint::DEFAULT_MAX_HINT;

/// A configuration as it is written.
#[derive(Debug, Default, Serialize, Deserialize)]
#[serde(rename = "PolicyConfig", default, deny_unknown_fields, expecting = "a retry policy")]
pub(super) struct Raw {
    cap: Scalar,
    floor: Scalar,
    jitter: Scalar,
    attempts: Scalar,
    within: Scalar,
    max_hint: Scalar,
    hint_spread: Scalar,
    reset_after: Scalar,
    // Tables last: some formats cannot write a plain value after one.
    #[serde(skip_serializing_if = "Table::is_absent")]
    backoff: Table<RawGrowth>,
    #[serde(skip_serializing_if = "Table::is_absent")]
    by_kind: Table<RawByKind>,
    #[serde(skip_serializing_if = "Table::is_absent")]
    budget: Table<RawBudget>,
}

#[derive(Debug, Default, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
struct RawByKind {
    #[serde(skip_serializing_if = "Table::is_absent")]
    throttled: Table<RawGrowth>,
    #[serde(skip_serializing_if = "Table::is_absent")]
    not_sent: Table<RawGrowth>,
}

impl RawByKind {
    fn read(&self) -> Result<ByKindConfig, Invalid> {
        let read = |table: &Table<RawGrowth>, path| table.read(path, |growth| growth.read(path));
        Ok(ByKindConfig {
            throttled: read(&self.throttled, "by_kind.throttled")?,
            not_sent: read(&self.not_sent, "by_kind.not_sent")?,
        })
    }
}

impl TryFrom<Raw> for PolicyConfig {
    type Error = Invalid;

    fn try_from(raw: Raw) -> Result<Self, Invalid> {
        let default = Self::default();
        let backoff = raw.backoff.read("backoff", |growth| growth.read("backoff"))?;
        let backoff = backoff.unwrap_or(default.backoff);
        let by_kind = raw.by_kind.read("by_kind", RawByKind::read)?.unwrap_or_default();
        let growths = [Some(&backoff), by_kind.throttled.as_ref(), by_kind.not_sent.as_ref()];
        // A guard is left out only where no growth needs it.
        let all = |harmless: fn(&GrowthConfig) -> bool| growths.into_iter().flatten().all(harmless);
        let cap = if all(|growth| !growth.grows()) { Duration::MAX } else { default.cap };
        let ends = all(|growth| matches!(growth, GrowthConfig::Sequence(_)));
        // Decorrelated delays are random by themselves; where only some are, neither default is right.
        let jitter = match (all(GrowthConfig::is_random), all(|growth| !growth.is_random())) {
            (true, _) => Some(JitterConfig::None),
            (_, true) => Some(default.jitter),
            _ => None,
        };
        let attempts = read_attempts(&raw.attempts, if ends { None } else { default.attempts })?;
        let within = raw.within.limit("within", Duration::MAX)?;
        let budget = match &raw.budget {
            Table::Value(value) if value.is_none() => None,
            // Nobody counts on a call without end to end with its budget.
            Table::Absent => default.budget.filter(|_| attempts.is_some() || within != Duration::MAX),
            written => written.read("budget", |budget| budget.read("budget"))?,
        };
        let config = Self {
            cap: raw.cap.limit("cap", cap)?,
            floor: raw.floor.duration("floor", Some(Duration::ZERO))?,
            jitter: read_jitter(&raw.jitter, jitter)?,
            attempts,
            within,
            max_hint: raw.max_hint.limit("max_hint", DEFAULT_MAX_HINT)?,
            hint_spread: raw.hint_spread.duration("hint_spread", Some(Duration::ZERO))?,
            reset_after: raw.reset_after.limit("reset_after", Duration::MAX)?,
            budget,
            by_kind,
            backoff,
        };
        config.policy()?;
        Ok(config)
    }
}

/// The jitter; without a default it has to be written.
fn read_jitter(scalar: &Scalar, default: Option<JitterConfig>) -> Result<JitterConfig, Invalid> {
    let bound = "must be none, full, equal or a fraction between 0 and 1";
    Ok(match scalar {
        Scalar::Absent => return default.ok_or_else(|| scalar.invalid("jitter", bound)),
        _ if scalar.is_none() => JitterConfig::None,
        Scalar::Text(text) if text == "full" => JitterConfig::Full,
        Scalar::Text(text) if text == "equal" => JitterConfig::Equal,
        _ => JitterConfig::Proportional(scalar.number("jitter", None, bound)?),
    })
}

fn read_attempts(scalar: &Scalar, default: Option<u32>) -> Result<Option<u32>, Invalid> {
    match (scalar, default) {
        (Scalar::Absent, None) => Ok(None),
        _ if scalar.is_none() => Ok(None),
        _ => scalar.number("attempts", default, ATTEMPTS).map(Some),
    }
}

impl From<PolicyConfig> for Raw {
    fn from(config: PolicyConfig) -> Self {
        Self {
            cap: Scalar::of_limit(config.cap),
            floor: Scalar::of(config.floor),
            jitter: match config.jitter {
                JitterConfig::None => Scalar::none(),
                JitterConfig::Full => Scalar::Text("full".to_owned()),
                JitterConfig::Equal => Scalar::Text("equal".to_owned()),
                JitterConfig::Proportional(fraction) => Scalar::Real(fraction),
            },
            attempts: config.attempts.map_or_else(Scalar::none, |most| Scalar::Whole(most.into())),
            within: Scalar::of_limit(config.within),
            max_hint: Scalar::of_limit(config.max_hint),
            hint_spread: Scalar::of(config.hint_spread),
            reset_after: Scalar::of_limit(config.reset_after),
            backoff: Table::Written(RawGrowth::from(&config.backoff)),
            by_kind: Table::from((config.by_kind != ByKindConfig::default()).then(|| RawByKind {
                throttled: Table::from(config.by_kind.throttled.as_ref().map(RawGrowth::from)),
                not_sent: Table::from(config.by_kind.not_sent.as_ref().map(RawGrowth::from)),
            })),
            budget: config
                .budget
                .as_ref()
                .map_or(Table::Value(Scalar::none()), |budget| Table::Written(budget.into())),
        }
    }
}
