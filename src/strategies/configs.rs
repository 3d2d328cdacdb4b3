//! A strategy for each part of a configuration.

use std::time::Duration;

use proptest::option;
use proptest::prelude::*;
use proptest::sample::select;

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
    let factor = select(vec![2.0, 1.5, 3.0, 1.0]);
    let factor = match domain {
        Domain::Human => factor.boxed(),
        Domain::Full => prop_oneof![factor, Just(1.0 + f64::EPSILON), Just(f64::MAX), 1.0..1e9].boxed(),
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

/// A part of one: tenths are easier to read.
fn part(domain: Domain) -> BoxedStrategy<f64> {
    let tenths = (0_u32..=10).prop_map(|tenths| f64::from(tenths) / 10.0);
    match domain {
        Domain::Human => tenths.boxed(),
        Domain::Full => prop_oneof![tenths, 0.0..=1.0].boxed(),
    }
}

/// What a budget earns with each call or success.
fn earned(domain: Domain) -> BoxedStrategy<f64> {
    let usual = select(vec![0.1, 0.0, 0.001, 0.2, 0.6, 1.0]);
    match domain {
        Domain::Human => usual.boxed(),
        Domain::Full => prop_oneof![usual, 0.0..=1_000.0].boxed(),
    }
}

/// A whole number from `least` on: a few usual ones, and in the full domain any up to `most`.
fn whole(domain: Domain, usual: &[u32], least: u32, most: u32) -> BoxedStrategy<u32> {
    let usual = select(usual.to_vec());
    match domain {
        Domain::Human => usual.boxed(),
        Domain::Full => prop_oneof![usual, least..=most].boxed(),
    }
}

/// A policy with this cap, which bounds its other fields.
fn policy(domain: Domain, cap: Duration) -> BoxedStrategy<PolicyConfig> {
    let growths = (growth(domain, cap), option::of(growth(domain, cap)), option::of(growth(domain, cap)));
    let shape = (
        any_with::<JitterConfig>(domain),
        duration(domain).prop_map(move |floor| floor.min(cap)),
        option::of(any_with::<BudgetConfig>(domain)),
    );
    let attempts = match domain {
        Domain::Human => (1_u32..=12).boxed(),
        Domain::Full => (1_u32..).boxed(),
    };
    // What is not written counts as well, and is what a failure is shrunk to.
    let default = PolicyConfig::default();
    let or = move |default| prop_oneof![1 => Just(default), 1 => positive(domain, Duration::MAX)];
    let settings = (
        prop_oneof![2 => attempts.prop_map(Some), 1 => Just(None)],
        or(default.within),
        or(default.max_hint),
        or(default.hint_spread),
        or(default.reset_after),
    );
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
    type Parameters = Domain;
    type Strategy = BoxedStrategy<Self>;

    fn arbitrary_with(domain: Domain) -> BoxedStrategy<Self> {
        prop_oneof![
            Just(Self::None),
            Just(Self::Full),
            Just(Self::Equal),
            part(domain).prop_map(Self::Proportional)
        ]
        .boxed()
    }
}

impl Arbitrary for CostConfig {
    type Parameters = Domain;
    type Strategy = BoxedStrategy<Self>;

    /// At least one kind of failure costs something.
    fn arbitrary_with(domain: Domain) -> BoxedStrategy<Self> {
        let one_of_three = (0_u32..3, part(domain), part(domain));
        one_of_three
            .prop_map(|(whole, one, other)| match whole {
                0 => Self { transient: 1.0, throttled: one, not_sent: other },
                1 => Self { transient: one, throttled: 1.0, not_sent: other },
                _ => Self { transient: one, throttled: other, not_sent: 1.0 },
            })
            .boxed()
    }
}

impl Arbitrary for BudgetConfig {
    type Parameters = Domain;
    type Strategy = BoxedStrategy<Self>;

    fn arbitrary_with(domain: Domain) -> BoxedStrategy<Self> {
        let cost = || any_with::<CostConfig>(domain);
        prop_oneof![
            (whole(domain, &[10, 1, 100], 1, 1_000_000), earned(domain), cost())
                .prop_map(|(capacity, per_success, cost)| Self::Tokens { capacity, per_success, cost }),
            (earned(domain), whole(domain, &[10, 0, 1], 0, 100_000), cost())
                .prop_map(|(ratio, per_second, cost)| Self::Ratio { ratio, per_second, cost }),
        ]
        .boxed()
    }
}
