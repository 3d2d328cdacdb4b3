//! Any configuration survives its formats, and no text makes it panic.

use std::time::Duration;

use persevere::{BudgetConfig, CostConfig, GrowthConfig, JitterConfig, PolicyConfig};
use proptest::prelude::*;

use super::yaml;
use crate::support::ms;

/// Durations as operators write them, any others, and the longest.
fn duration() -> BoxedStrategy<Duration> {
    prop_oneof![
        (1_u64..100_000).prop_map(ms),
        (1_u64..1_000_000).prop_map(Duration::from_nanos),
        (1_u64..1_000_000_000).prop_map(Duration::from_secs),
        (1_u64.., 0_u32..1_000_000_000).prop_map(|(secs, nanos)| Duration::new(secs, nanos)),
        Just(Duration::MAX),
    ]
    .boxed()
}

/// Growth whose delays stay below a cap.
fn growth(cap: Duration) -> BoxedStrategy<GrowthConfig> {
    let base = move || duration().prop_map(move |base| base.min(cap));
    prop_oneof![
        base().prop_map(|delay| GrowthConfig::Constant { delay }),
        (base(), duration()).prop_map(|(base, step)| GrowthConfig::Linear { base, step }),
        (base(), any::<u32>()).prop_map(|(base, degree)| GrowthConfig::Polynomial { base, degree }),
        (base(), 1.0..1e9).prop_map(|(base, factor)| GrowthConfig::Exponential { base, factor }),
        base().prop_map(|base| GrowthConfig::Fibonacci { base }),
        base().prop_map(|base| GrowthConfig::Decorrelated { base }),
        prop::collection::vec(base(), 1..5).prop_map(GrowthConfig::Sequence),
    ]
    .boxed()
}

fn cost() -> impl Strategy<Value = CostConfig> {
    (0.0..=1.0, 0.0..1.0, Just(1.0)).prop_map(|(transient, throttled, not_sent)| {
        let mut cost = CostConfig::default();
        (cost.transient, cost.throttled, cost.not_sent) = (transient, throttled, not_sent);
        cost
    })
}

fn budget() -> BoxedStrategy<BudgetConfig> {
    prop_oneof![
        (1_u32..1_000_000, 0.0..1_000.0, cost()).prop_map(|(capacity, per_success, cost)| {
            BudgetConfig::Tokens { capacity, per_success, cost }
        }),
        (0.0..1_000.0, 0_u32..100_000, cost()).prop_map(|(ratio, per_second, cost)| BudgetConfig::Ratio {
            ratio,
            per_second,
            cost
        }),
    ]
    .boxed()
}

fn jitter() -> impl Strategy<Value = JitterConfig> {
    prop_oneof![
        Just(JitterConfig::None),
        Just(JitterConfig::Full),
        Just(JitterConfig::Equal),
        (0.0..=1.0).prop_map(JitterConfig::Proportional),
    ]
}

fn config() -> impl Strategy<Value = PolicyConfig> {
    duration().prop_flat_map(|cap| {
        let growths = (growth(cap), prop::option::of(growth(cap)), prop::option::of(growth(cap)));
        let shape = (jitter(), duration().prop_map(move |floor| floor.min(cap)), prop::option::of(budget()));
        let settings = (prop::option::of(1_u32..), duration(), duration(), duration(), duration());
        (growths, shape, settings).prop_map(move |(growths, shape, settings)| {
            let mut config = PolicyConfig::default();
            config.cap = cap;
            (config.backoff, config.by_kind.throttled, config.by_kind.not_sent) = growths;
            (config.jitter, config.floor, config.budget) = shape;
            (config.attempts, config.within, config.max_hint, config.hint_spread, config.reset_after) =
                settings;
            config
        })
    })
}

proptest! {
    #![proptest_config(crate::model::config())]

    #[test]
    fn a_configuration_survives_its_formats(config in config()) {
        let json = serde_json::to_string(&config).unwrap();
        prop_assert_eq!(&serde_json::from_str::<PolicyConfig>(&json).unwrap(), &config, "{}", json);
        let yaml = serde_yaml_ng::to_string(&config).unwrap();
        prop_assert_eq!(&serde_yaml_ng::from_str::<PolicyConfig>(&yaml).unwrap(), &config, "{}", yaml);
        let toml = toml::to_string(&config).unwrap();
        prop_assert_eq!(&toml::from_str::<PolicyConfig>(&toml).unwrap(), &config, "{}", toml);
        let policy = config.policy().unwrap();
        prop_assert!(policy.to_string().starts_with("Policy::new("));
        let _ = policy.schedule(1);
    }

    #[test]
    fn no_text_makes_it_panic(text in "[a-z_]{0,12}: ?[-+0-9a-z. {}\\[\\]]{0,24}") {
        let _ = yaml(&text);
        let _ = serde_yaml_ng::from_str::<PolicyConfig>(&format!("cap: {text}"));
        let _ = serde_json::from_str::<PolicyConfig>(&format!("{{\"cap\": \"{text}\"}}"));
    }
}
