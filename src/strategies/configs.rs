//! A strategy for each part of a configuration.

use std::time::Duration;

use proptest::option;
use proptest::prelude::*;

use super::domain::Domain;
use super::time::duration;
use crate::config::{BudgetConfig, ByKindConfig, CostConfig, GrowthConfig, JitterConfig, PolicyConfig};

/// A duration, longer than zero and at most `longest`: what most fields ask for.
fn positive(domain: Domain, longest: Duration) -> BoxedStrategy<Duration> {
    let least = Duration::from_nanos(1);
    duration(domain).prop_map(move |duration| duration.clamp(least, longest.max(least))).boxed()
}

/// Growth that a configuration with this cap takes.
fn growth(domain: Domain, cap: Duration) -> BoxedStrategy<GrowthConfig> {
    let base = move || positive(domain, cap);
    let factor = match domain {
        Domain::Human => (1.0..3.0).boxed(),
        Domain::Full => (1.0..1e9).boxed(),
    };
    let degree = match domain {
        Domain::Human => (0_u32..4).boxed(),
        Domain::Full => any::<u32>().boxed(),
    };
    prop_oneof![
        base().prop_map(|delay| GrowthConfig::Constant { delay }),
        (base(), factor).prop_map(|(base, factor)| GrowthConfig::Exponential { base, factor }),
        (base(), positive(domain, Duration::MAX))
            .prop_map(|(base, step)| GrowthConfig::Linear { base, step }),
        (base(), degree).prop_map(|(base, degree)| GrowthConfig::Polynomial { base, degree }),
        base().prop_map(|base| GrowthConfig::Fibonacci { base }),
        base().prop_map(|base| GrowthConfig::Decorrelated { base }),
        prop::collection::vec(base(), 1..5).prop_map(GrowthConfig::Sequence),
    ]
    .boxed()
}

/// A policy with this cap, which bounds its other fields.
fn policy(domain: Domain, cap: Duration) -> BoxedStrategy<PolicyConfig> {
    let growths = (growth(domain, cap), option::of(growth(domain, cap)), option::of(growth(domain, cap)));
    let shape = (
        any::<JitterConfig>(),
        duration(domain).prop_map(move |floor| floor.min(cap)),
        option::of(any::<BudgetConfig>()),
    );
    let time = move || positive(domain, Duration::MAX);
    let settings = (option::of(1_u32..=12), time(), time(), time(), time());
    (growths, shape, settings)
        .prop_map(move |(growths, shape, settings)| {
            let mut config = PolicyConfig { cap, ..PolicyConfig::default() };
            (config.backoff, config.by_kind.throttled, config.by_kind.not_sent) = growths;
            (config.jitter, config.floor, config.budget) = shape;
            (config.attempts, config.within, config.max_hint, config.hint_spread, config.reset_after) =
                settings;
            config
        })
        .boxed()
}

impl Arbitrary for PolicyConfig {
    type Parameters = Domain;
    type Strategy = BoxedStrategy<Self>;

    fn arbitrary_with(domain: Domain) -> BoxedStrategy<Self> {
        positive(domain, Duration::MAX).prop_flat_map(move |cap| policy(domain, cap)).boxed()
    }
}

impl Arbitrary for GrowthConfig {
    type Parameters = Domain;
    type Strategy = BoxedStrategy<Self>;

    fn arbitrary_with(domain: Domain) -> BoxedStrategy<Self> {
        growth(domain, Duration::MAX)
    }
}

impl Arbitrary for ByKindConfig {
    type Parameters = Domain;
    type Strategy = BoxedStrategy<Self>;

    fn arbitrary_with(domain: Domain) -> BoxedStrategy<Self> {
        let growth = || option::of(any_with::<GrowthConfig>(domain));
        (growth(), growth()).prop_map(|(throttled, not_sent)| Self { throttled, not_sent }).boxed()
    }
}

impl Arbitrary for JitterConfig {
    type Parameters = ();
    type Strategy = BoxedStrategy<Self>;

    fn arbitrary_with((): ()) -> BoxedStrategy<Self> {
        prop_oneof![
            Just(Self::None),
            Just(Self::Full),
            Just(Self::Equal),
            (0.0..=1.0).prop_map(Self::Proportional)
        ]
        .boxed()
    }
}

impl Arbitrary for CostConfig {
    type Parameters = ();
    type Strategy = BoxedStrategy<Self>;

    /// At least one kind of failure costs something.
    fn arbitrary_with((): ()) -> BoxedStrategy<Self> {
        (0.0..=1.0, 0.0..1.0, Just(1.0))
            .prop_map(|(transient, throttled, not_sent)| Self { transient, throttled, not_sent })
            .boxed()
    }
}

impl Arbitrary for BudgetConfig {
    type Parameters = ();
    type Strategy = BoxedStrategy<Self>;

    fn arbitrary_with((): ()) -> BoxedStrategy<Self> {
        let cost = any::<CostConfig>;
        prop_oneof![
            (1_u32..1_000_000, 0.0..1_000.0, cost()).prop_map(|(capacity, per_success, cost)| Self::Tokens {
                capacity,
                per_success,
                cost
            }),
            (0.0..1_000.0, 0_u32..100_000, cost()).prop_map(|(ratio, per_second, cost)| Self::Ratio {
                ratio,
                per_second,
                cost
            }),
        ]
        .boxed()
    }
}
