//! [`Raw`]: a configuration as it is written, before its values are looked at.

use std::time::Duration;

use serde::{Deserialize, Serialize};

use super::budget::RawBudget;
use super::growth::{GrowthConfig, RawGrowth};
use super::scalar::Scalar;
use super::{ByKindConfig, JitterConfig, PolicyConfig};
use crate::error::Invalid;
use crate::parts::MAX_HINT;

/// A configuration as it is written.
#[derive(Debug, Default, Serialize, Deserialize)]
#[serde(rename = "PolicyConfig", default, deny_unknown_fields)]
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
    backoff: RawGrowth,
    #[serde(skip_serializing_if = "RawByKind::is_empty")]
    by_kind: RawByKind,
    #[serde(skip_serializing_if = "Option::is_none")]
    budget: Option<RawBudget>,
}

#[derive(Debug, Default, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
struct RawByKind {
    #[serde(skip_serializing_if = "Option::is_none")]
    throttled: Option<RawGrowth>,
    #[serde(skip_serializing_if = "Option::is_none")]
    not_sent: Option<RawGrowth>,
}

impl RawByKind {
    fn is_empty(&self) -> bool {
        self.throttled.is_none() && self.not_sent.is_none()
    }

    fn read(&self) -> Result<ByKindConfig, Invalid> {
        let read = |raw: &Option<RawGrowth>, path: &'static str| match raw {
            None => Ok(None),
            Some(raw) => raw.read(path)?.map_or_else(|| Err(empty(path)), |growth| Ok(Some(growth))),
        };
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
        let backoff = raw.backoff.read("backoff")?.unwrap_or(default.backoff);
        let (cap, attempts) = match backoff {
            GrowthConfig::Constant { .. } => (Duration::MAX, default.attempts),
            GrowthConfig::Sequence(_) => (Duration::MAX, None),
            _ => (default.cap, default.attempts),
        };
        let config = Self {
            cap: raw.cap.limit("cap", cap)?,
            floor: raw.floor.duration("floor", Some(Duration::ZERO))?,
            jitter: read_jitter(&raw.jitter, &backoff)?,
            attempts: read_attempts(&raw.attempts, attempts)?,
            within: raw.within.limit("within", Duration::MAX)?,
            max_hint: raw.max_hint.limit("max_hint", MAX_HINT)?,
            hint_spread: raw.hint_spread.duration("hint_spread", Some(Duration::ZERO))?,
            reset_after: raw.reset_after.limit("reset_after", Duration::MAX)?,
            by_kind: raw.by_kind.read()?,
            budget: raw.budget.map(|budget| budget.read("budget")).transpose()?,
            backoff,
        };
        config.policy()?;
        Ok(config)
    }
}

fn empty(path: &'static str) -> Invalid {
    Invalid::new(path, "empty", "must be one kind of growth")
}

fn read_jitter(scalar: &Scalar, backoff: &GrowthConfig) -> Result<JitterConfig, Invalid> {
    Ok(match (scalar, backoff) {
        (Scalar::Absent, GrowthConfig::Decorrelated { .. }) => JitterConfig::None,
        (Scalar::Absent, _) => JitterConfig::Full,
        (Scalar::Text(text), _) if text == "none" => JitterConfig::None,
        (Scalar::Text(text), _) if text == "full" => JitterConfig::Full,
        (Scalar::Text(text), _) if text == "equal" => JitterConfig::Equal,
        _ => {
            let bound = "must be none, full, equal or a fraction between 0 and 1";
            JitterConfig::Proportional(scalar.number("jitter", None, bound)?)
        }
    })
}

fn read_attempts(scalar: &Scalar, default: Option<u32>) -> Result<Option<u32>, Invalid> {
    match (scalar, default) {
        (Scalar::Absent, None) => Ok(None),
        _ if scalar.is_none() => Ok(None),
        _ => scalar.number("attempts", default, "must be none or a whole number from 1 on").map(Some),
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
            backoff: RawGrowth::from(&config.backoff),
            by_kind: RawByKind {
                throttled: config.by_kind.throttled.as_ref().map(RawGrowth::from),
                not_sent: config.by_kind.not_sent.as_ref().map(RawGrowth::from),
            },
            budget: config.budget.as_ref().map(RawBudget::from),
        }
    }
}
