//! A strategy for each kind of growth.

use std::time::Duration;

use proptest::prelude::*;
use proptest::sample::select;

use super::domain::Domain;
use super::time::duration;
use crate::backoff::{
    Constant, Decorrelated, Exponential, Fibonacci, Linear, Polynomial, Sequence, constant, decorrelated,
    exponential, fibonacci, linear, polynomial, sequence,
};

/// Factors of exponential growth.
fn factor(domain: Domain) -> impl Strategy<Value = f64> {
    let human = [2.0, 1.5, 3.0, 1.0];
    let more = [1.0 + f64::EPSILON, 10.0, 1e10, 1e300];
    select(match domain {
        Domain::Human => human.to_vec(),
        Domain::Full => [human, more].concat(),
    })
}

/// Powers of polynomial growth.
fn degree(domain: Domain) -> impl Strategy<Value = u32> {
    select(match domain {
        Domain::Human => vec![1, 2, 3, 0],
        Domain::Full => vec![1, 2, 3, 0, 20, u32::MAX],
    })
}

/// An `Arbitrary` over a [`Domain`].
macro_rules! arbitrary {
    ($($type:ty: |$domain:ident| $strategy:expr;)*) => {$(
        impl Arbitrary for $type {
            type Parameters = Domain;
            type Strategy = BoxedStrategy<Self>;

            fn arbitrary_with($domain: Domain) -> BoxedStrategy<Self> {
                $strategy.boxed()
            }
        }
    )*};
}

arbitrary! {
    Constant: |domain| duration(domain).prop_map(constant);
    Linear: |domain| (duration(domain), duration(domain)).prop_map(|(base, step)| linear(base).step(step));
    Polynomial: |domain| (duration(domain), degree(domain)).prop_map(|(base, degree)| polynomial(base, degree));
    Exponential: |domain| (duration(domain), factor(domain)).prop_map(|(base, factor)| {
        exponential(base).factor(factor).expect("all of them are finite and at least 1")
    });
    Fibonacci: |domain| duration(domain).prop_map(fibonacci);
    Decorrelated: |domain| (duration(domain), duration(domain)).prop_map(move |(base, cap)| {
        decorrelated(base, if domain == Domain::Human { base.max(cap) } else { cap })
    });
    Sequence<Vec<Duration>>: |domain| prop::collection::vec(duration(domain), 0..6).prop_map(sequence);
}
