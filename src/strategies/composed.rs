//! Backoffs that are put together.

use std::time::Duration;

use proptest::prelude::*;

use super::domain::Domain;
use super::time::duration;
use crate::backoff::{
    AnyBackoff, Constant, Decorrelated, Exponential, Fibonacci, Linear, Polynomial, Sequence,
};
use crate::compose::BackoffExt;
use crate::verdict::Kind;

/// Backoffs of each kind, with up to `depth` calls behind the growth; what they are joined with has one call less. Shrinks to
/// `constant(Duration::from_millis(1))`.
pub fn backoff(domain: Domain, depth: usize) -> BoxedStrategy<AnyBackoff> {
    let mindful = any_with::<Decorrelated>(domain).prop_map(AnyBackoff::new);
    let leaf = prop_oneof![6 => growth(domain), 1 => mindful].boxed();
    let within = || duration(domain).prop_map(Call::Within);
    chain(leaf, depth, &|depth| {
        let other = backoff(domain, depth);
        prop_oneof![8 => call(domain, &other), 1 => within()].boxed()
    })
}

/// As [`backoff`], of those that look at nothing but the number, the kind and the sample of a failure: the laws of the algebra
/// speak of these.
pub fn memoryless(domain: Domain, depth: usize) -> BoxedStrategy<AnyBackoff> {
    chain(growth(domain), depth, &|depth| call(domain, &memoryless(domain, depth)))
}

/// What stands at the beginning, and calls behind it.
fn chain(
    leaf: BoxedStrategy<AnyBackoff>,
    depth: usize,
    call: &dyn Fn(usize) -> BoxedStrategy<Call>,
) -> BoxedStrategy<AnyBackoff> {
    match depth.checked_sub(1) {
        None => leaf,
        // A list is shrunk by leaving calls out, which is sooner done than to shrink each of them.
        Some(less) => (leaf, prop::collection::vec(call(less), 0..=depth))
            .prop_map(|(leaf, calls)| calls.into_iter().fold(leaf, |backoff, call| call.of(backoff)))
            .boxed(),
    }
}

/// Growth alone.
fn growth(domain: Domain) -> BoxedStrategy<AnyBackoff> {
    prop_oneof![
        any_with::<Constant>(domain).prop_map(AnyBackoff::new),
        any_with::<Exponential>(domain).prop_map(AnyBackoff::new),
        any_with::<Linear>(domain).prop_map(AnyBackoff::new),
        any_with::<Polynomial>(domain).prop_map(AnyBackoff::new),
        any_with::<Fibonacci>(domain).prop_map(AnyBackoff::new),
        any_with::<Sequence<Vec<_>>>(domain).prop_map(AnyBackoff::new),
    ]
    .boxed()
}

/// A call behind a backoff, with what it is given.
#[derive(Clone, Debug)]
enum Call {
    Capped(Duration),
    Attempts(u32),
    FullJitter,
    EqualJitter,
    /// By so many tenths.
    ProportionalJitter(u32),
    Floor(Duration),
    Within(Duration),
    And(AnyBackoff),
    Or(AnyBackoff),
    Then(u32, AnyBackoff),
    Throttled(AnyBackoff),
}

/// Any call but a limit in time.
fn call(domain: Domain, other: &BoxedStrategy<AnyBackoff>) -> BoxedStrategy<Call> {
    prop_oneof![
        (1_u32..=12).prop_map(Call::Attempts),
        duration(domain).prop_map(Call::Capped),
        Just(Call::FullJitter),
        Just(Call::EqualJitter),
        (0_u32..=10).prop_map(Call::ProportionalJitter),
        duration(domain).prop_map(Call::Floor),
        other.clone().prop_map(Call::And),
        other.clone().prop_map(Call::Or),
        (0_u32..=4, other.clone()).prop_map(|(after, next)| Call::Then(after, next)),
        other.clone().prop_map(Call::Throttled),
    ]
    .boxed()
}

impl Call {
    fn of(self, backoff: AnyBackoff) -> AnyBackoff {
        match self {
            Self::Capped(cap) => AnyBackoff::new(backoff.capped(cap)),
            Self::Attempts(most) => AnyBackoff::new(backoff.attempts(most)),
            Self::FullJitter => AnyBackoff::new(backoff.full_jitter()),
            Self::EqualJitter => AnyBackoff::new(backoff.equal_jitter()),
            Self::ProportionalJitter(tenths) => {
                let part = f64::from(tenths) / 10.0;
                AnyBackoff::new(backoff.proportional_jitter(part).expect("at most one"))
            }
            Self::Floor(floor) => AnyBackoff::new(backoff.floor(floor)),
            Self::Within(limit) => AnyBackoff::new(backoff.within(limit)),
            Self::And(other) => AnyBackoff::new(backoff.and(other)),
            Self::Or(other) => AnyBackoff::new(backoff.or(other)),
            Self::Then(after, next) => AnyBackoff::new(backoff.then(after, next)),
            Self::Throttled(other) => AnyBackoff::new(backoff.by_kind(Kind::Throttled, other)),
        }
    }
}
