//! Durations and seeds.

use std::time::Duration;

use proptest::prelude::*;
use proptest::sample::select;

use super::domain::Domain;

/// A few of some unit, so that a failure can be read: 3 s, 40 ms. Shrinks to the unit of a millisecond, then to one of it.
///
/// The full domain has nothing, a nanosecond, 2⁴⁰ s, 2⁶³ s and [`Duration::MAX`] as well, and any others.
///
/// (`any::<Duration>()` is a different matter: nearly all of its values are longer than the universe is old.)
pub fn duration(domain: Domain) -> BoxedStrategy<Duration> {
    let human: &[u64] = &[1_000_000, 10_000_000, 100_000_000, 1_000_000_000];
    let more: &[u64] = &[60_000_000_000, 3_600_000_000_000, 1_000, 1];
    let of = |units: Vec<u64>| {
        (select(units), 1_u32..=10).prop_map(|(unit, count)| Duration::from_nanos(unit).saturating_mul(count))
    };
    match domain {
        Domain::Human => of(human.to_vec()).boxed(),
        Domain::Full => {
            let edges = [
                Duration::ZERO,
                Duration::from_nanos(1),
                Duration::from_secs(1 << 40),
                Duration::from_secs(1 << 63),
                Duration::from_nanos(u64::MAX),
                Duration::MAX,
            ];
            let any =
                (any::<u64>(), 0_u32..1_000_000_000).prop_map(|(secs, nanos)| Duration::new(secs, nanos));
            prop_oneof![8 => of([human, more].concat()), 2 => select(edges.to_vec()), 1 => any].boxed()
        }
    }
}

/// Seeds that can be read: below a thousand, as a rule.
pub fn seed() -> impl Strategy<Value = u64> {
    prop_oneof![9 => 0_u64..1_000, 1 => any::<u64>()]
}
