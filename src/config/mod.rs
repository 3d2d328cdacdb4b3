//! [`PolicyConfig`]: a policy as data, for configuration files: with the feature `serde`.

mod budget;
mod growth;
mod raw;
mod scalar;
mod table;

use std::time::Duration;

use serde::{Deserialize, Serialize};

use self::raw::Raw;
use self::scalar::human;
use crate::as_policy::Parts;
use crate::backoff::AnyBackoff;
use crate::budget::AnyBudget;
use crate::classifier::AnyError;
use crate::compose::BackoffExt;
use crate::error::Invalid;
use crate::hint::DEFAULT_MAX_HINT;
use crate::observe::Observer;
use crate::policy::Policy;
use crate::verdict::Kind;

pub use self::budget::{BudgetConfig, CostConfig};
pub use self::growth::GrowthConfig;

/// A policy as data: what an operator may choose.
///
/// | field | value | unless set |
/// |---|---|---|
/// | `backoff` | one of `constant: {delay}`, `linear: {base, step}`, `polynomial: {base, degree}`, `exponential: {base, factor}`, `fibonacci: {base}`, `decorrelated: {base}`, `sequence: [delays]` | exponential from 100 ms |
/// | `by_kind` | `throttled` and `not_sent`, each another `backoff` for that kind of failure | as `backoff` |
/// | `cap` | the longest delay, before jitter, or `none` | 10 s; `none` if all growth is constant or sequence |
/// | `jitter` | `none`, `full`, `equal`, or a fraction between 0 and 1 | `full`; `none` if all growth is decorrelated, and to be written if some is |
/// | `floor` | the shortest delay, after jitter, at most the cap | 0 s |
/// | `attempts` | the most attempts, the first included, or `none` | 3; `none` if all growth is sequence |
/// | `within` | the deadline, or `none` | `none` |
/// | `max_hint` | the longest hint that is followed, or `none` | 30 s |
/// | `hint_spread` | over how much waits after a hint are spread | 0 s |
/// | `reset_after` | how long an attempt must last for the call to start over, or `none` | `none` |
/// | `budget` | `tokens: {capacity, per_success, cost}` or `ratio: {ratio, per_second, cost}`, where `cost` has `transient`, `throttled` and `not_sent`; or `none` | `tokens` with 10 and 0.1; `none` if neither attempts nor a deadline limit a call |
///
/// Durations have their unit: `100ms`, `1m 30s`. What is loaded is valid: a value out of bounds is refused with field, value
/// and bound, and a field that does not exist by its name. Any self-describing format will do: YAML, JSON, TOML.
///
/// ```
/// use persevere::{PolicyConfig, retry};
///
/// # async fn load() -> Result<u8, std::io::Error> { Ok(1) }
/// # #[tokio::main(flavor = "current_thread")] async fn main() -> Result<(), Box<dyn std::error::Error>> {
/// let text = r#"{ "backoff": { "exponential": { "base": "50ms", "factor": 1.5 } }, "cap": "2s", "attempts": 5 }"#;
/// let config: PolicyConfig = serde_json::from_str(text)?;
/// let policy = config.policy()?;
/// assert_eq!(
///     policy.to_string(),
///     "Policy::new(exponential(Duration::from_millis(50)).factor(1.5)?.capped(Duration::from_secs(2)).full_jitter().attempts(5))\
///      .budget(TokenBudget::new(10, 0.1)?)",
/// );
/// let value = retry(&policy, load).await?;
///
/// let error = serde_json::from_str::<PolicyConfig>(r#"{ "cap": "10" }"#).unwrap_err();
/// assert_eq!(error.to_string(), "`cap` is 10: must be a duration with its unit, such as 100ms or 1m 30s");
/// # let _ = value; Ok(()) }
/// ```
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(try_from = "Raw", into = "Raw")]
#[non_exhaustive]
pub struct PolicyConfig {
    /// How the delays grow.
    pub backoff: GrowthConfig,
    /// Other growth for some kinds of failure.
    pub by_kind: ByKindConfig,
    /// The longest delay, before jitter; [`Duration::MAX`] for none.
    pub cap: Duration,
    /// How delays are spread.
    pub jitter: JitterConfig,
    /// The shortest delay, after jitter; at most the cap.
    pub floor: Duration,
    /// The most attempts, the first included, at least 1; `None` for no limit.
    pub attempts: Option<u32>,
    /// The deadline, longer than zero; [`Duration::MAX`] for none.
    pub within: Duration,
    /// The longest hint that is followed; [`Duration::MAX`] for none.
    pub max_hint: Duration,
    /// Over how much waits after a hint are spread.
    pub hint_spread: Duration,
    /// How long an attempt must last for the call to start over, longer than zero; [`Duration::MAX`] for never.
    pub reset_after: Duration,
    /// The budget, if there is one.
    pub budget: Option<BudgetConfig>,
}

/// Other growth for some kinds of failure.
#[derive(Clone, Debug, Default, PartialEq)]
#[non_exhaustive]
pub struct ByKindConfig {
    /// For calls that were throttled.
    pub throttled: Option<GrowthConfig>,
    /// For calls that were not sent.
    pub not_sent: Option<GrowthConfig>,
}

/// How delays are spread.
#[derive(Clone, Copy, Debug, PartialEq)]
#[non_exhaustive]
pub enum JitterConfig {
    /// Not at all.
    None,
    /// [`full_jitter`](BackoffExt::full_jitter).
    Full,
    /// [`equal_jitter`](BackoffExt::equal_jitter).
    Equal,
    /// [`proportional_jitter`](BackoffExt::proportional_jitter), by a fraction between 0 and 1.
    Proportional(f64),
}

impl Default for PolicyConfig {
    /// As [`Policy::default`].
    fn default() -> Self {
        Self {
            backoff: GrowthConfig::Exponential { base: Duration::from_millis(100), factor: 2.0 },
            by_kind: ByKindConfig::default(),
            cap: Duration::from_secs(10),
            jitter: JitterConfig::Full,
            floor: Duration::ZERO,
            attempts: Some(3),
            within: Duration::MAX,
            max_hint: DEFAULT_MAX_HINT,
            hint_spread: Duration::ZERO,
            reset_after: Duration::MAX,
            budget: Some(BudgetConfig::default()),
        }
    }
}

const ATTEMPTS: &str = "must be none or a whole number from 1 to 4294967295";

/// The policy of a [`PolicyConfig`].
pub type ConfiguredPolicy = Policy<AnyBackoff, AnyError, AnyBudget>;

impl PolicyConfig {
    /// The policy, with a budget of its own whose stock is full: build it once for each configuration that is loaded, not
    /// for each call, or the budget limits nothing. When a configuration is loaded anew, see
    /// [`policy_after`](Self::policy_after).
    ///
    /// # Errors
    ///
    /// [`Invalid`] when a value is out of its bounds; never for a configuration that was loaded and not changed.
    pub fn policy(&self) -> Result<ConfiguredPolicy, Invalid> {
        let budget = self.budget.map_or(Ok(AnyBudget::Unlimited), |budget| budget.build("budget"))?;
        Ok(Policy::new(self.backoff()?).max_hint(self.max_hint).hint_spread(self.hint_spread).budget(budget))
    }

    /// As [`policy`](Self::policy), for a configuration that is loaded anew: its budget is as full as that of `old`, if both
    /// are of one kind. A full stock while the upstream is down would be a wave of retries.
    ///
    /// ```
    /// use persevere::{Parts, PolicyConfig, retry};
    ///
    /// # #[tokio::main(flavor = "current_thread")] async fn main() -> Result<(), Box<dyn std::error::Error>> {
    /// let load = |capacity: u32| serde_json::from_str::<PolicyConfig>(&format!(
    ///     r#"{{ "backoff": {{ "constant": {{ "delay": "1ms" }} }}, "budget": {{ "tokens": {{ "capacity": {capacity} }} }} }}"#
    /// ));
    /// let old = load(4)?.policy()?;
    /// let outcome = retry(&old, || async { Err::<(), _>("down") }).await;   // two retries
    /// let new = load(100)?.policy_after(&old)?;
    /// assert_eq!(Parts::budget(&new).available(), Some(50.0));
    /// # assert_eq!(outcome, Err("down")); Ok(()) }
    /// ```
    ///
    /// # Errors
    ///
    /// As [`policy`](Self::policy).
    pub fn policy_after<C, W: Observer>(
        &self,
        old: &Policy<AnyBackoff, C, AnyBudget, W>,
    ) -> Result<ConfiguredPolicy, Invalid> {
        let new = self.policy()?;
        let budget = Parts::budget(&new).filled_as(Parts::budget(old));
        Ok(new.budget(budget))
    }

    /// The backoff with its limits, in the order of a chain: growth, cap, jitter, floor, limits.
    fn backoff(&self) -> Result<AnyBackoff, Invalid> {
        if self.floor > self.cap {
            let bound = format!("must be at most the cap of {}", human(self.cap));
            return Err(Invalid::new("floor", human(self.floor), bound));
        }
        let mut chain = self.backoff.build("backoff", self.cap)?;
        if let Some(throttled) = &self.by_kind.throttled {
            let other = throttled.build("by_kind.throttled", self.cap)?;
            chain = AnyBackoff::new(chain.by_kind(Kind::Throttled, other));
        }
        if let Some(not_sent) = &self.by_kind.not_sent {
            let other = not_sent.build("by_kind.not_sent", self.cap)?;
            chain = AnyBackoff::new(chain.by_kind(Kind::NotSent, other));
        }
        if self.cap != Duration::MAX {
            chain = AnyBackoff::new(chain.capped(self.cap));
        }
        chain = self.jitter.around(chain)?;
        if !self.floor.is_zero() {
            chain = AnyBackoff::new(chain.floor(self.floor));
        }
        match self.attempts {
            Some(0) => return Err(Invalid::new("attempts", 0, ATTEMPTS)),
            Some(most) => chain = AnyBackoff::new(chain.attempts(most)),
            None => {}
        }
        if longer_than_zero("within", self.within)? != Duration::MAX {
            chain = AnyBackoff::new(chain.within(self.within));
        }
        if longer_than_zero("reset_after", self.reset_after)? != Duration::MAX {
            chain = AnyBackoff::new(chain.reset_after(self.reset_after));
        }
        Ok(chain)
    }
}

impl JitterConfig {
    fn around(self, chain: AnyBackoff) -> Result<AnyBackoff, Invalid> {
        Ok(match self {
            Self::None => chain,
            Self::Full => AnyBackoff::new(chain.full_jitter()),
            Self::Equal => AnyBackoff::new(chain.equal_jitter()),
            Self::Proportional(fraction) => {
                let named = |error: Invalid| Invalid::new("jitter", error.value(), error.bound().to_owned());
                AnyBackoff::new(chain.proportional_jitter(fraction).map_err(named)?)
            }
        })
    }
}

fn longer_than_zero(field: &'static str, duration: Duration) -> Result<Duration, Invalid> {
    if duration.is_zero() {
        return Err(Invalid::new(field, human(duration), "must be longer than 0s"));
    }
    Ok(duration)
}
