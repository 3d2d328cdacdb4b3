//! The defaults of other systems, for those who come from them.
//!
//! Growth, cap and count are theirs. Jitter is ours: where theirs goes around the delay or above the cap, ours only
//! shortens. Polly's exponential backoff with jitter ("V2") is not here: each of its delays depends on the random draw
//! before, and a backoff is a function of one failure.

use std::time::Duration;

use crate::backoff::{Constant, Exponential, constant, exponential};
use crate::compose::{BackoffExt, Capped};
use crate::jitter::{FullJitter, ProportionalJitter};
use crate::limits::Attempts;

const fn ms(millis: u64) -> Duration {
    Duration::from_millis(millis)
}

/// Google's API clients for Go (`gax`): doubling from 1 s up to 30 s, full jitter, without end.
///
/// ```
/// use persevere::{Bounds, BackoffExt, presets};
/// use std::time::Duration;
///
/// let most = Bounds::of(&presets::gax().attempts(6)).most_sleep;
/// assert!(most <= Some(Duration::from_secs(1 + 2 + 4 + 8 + 16)));
/// ```
#[must_use]
pub fn gax() -> FullJitter<Capped<Exponential>> {
    exponential(ms(1_000)).capped(ms(30_000)).full_jitter()
}

/// `lestrrat-go/backoff`, exponential: from 500 ms by 1.5 up to one minute, no jitter, 10 retries.
#[must_use]
pub fn lestrrat_exponential() -> Attempts<Capped<Exponential>> {
    growing(ms(500), 1.5).capped(ms(60_000)).retries(10)
}

/// `lestrrat-go/backoff`, constant: one minute, no jitter, 10 retries.
#[must_use]
pub fn lestrrat_constant() -> Attempts<Constant> {
    constant(ms(60_000)).retries(10)
}

/// gRPC's connection backoff: from 1 s by 1.6 up to two minutes, without end. Their jitter is 20 % around the delay;
/// ours the same width below it.
#[must_use]
pub fn grpc() -> ProportionalJitter<Capped<Exponential>> {
    ProportionalJitter { inner: growing(ms(1_000), 1.6).capped(ms(120_000)), fraction: 0.4 }
}

/// AWS's standard retry mode: doubling from 1 s up to 20 s, full jitter, 3 attempts. Its quota is a budget: see
/// [`TokenBudget`](crate::TokenBudget).
#[must_use]
pub fn aws() -> Attempts<FullJitter<Capped<Exponential>>> {
    exponential(ms(1_000)).capped(ms(20_000)).full_jitter().attempts(3)
}

/// Envoy's routes: doubling from 25 ms up to 250 ms, full jitter, one retry.
#[must_use]
pub fn envoy() -> Attempts<FullJitter<Capped<Exponential>>> {
    exponential(ms(25)).capped(ms(250)).full_jitter().retries(1)
}

fn growing(base: Duration, factor: f64) -> Exponential {
    exponential(base).factor(factor).expect("the factors above are at least 1")
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::attempt::{Attempt, Failure};
    use crate::backoff::Backoff;
    use crate::entropy::Entropy;

    /// The upper ends of the delays after the first attempts, in milliseconds, rounded up; `None` is a stop.
    fn longest(backoff: &impl Backoff, attempts: impl IntoIterator<Item = u32>) -> Vec<Option<u128>> {
        let at = |number| Failure::new(Attempt::new(number), 0).with_entropy(Entropy::Highest);
        let delay = |number| backoff.decide(&at(number)).delay();
        attempts
            .into_iter()
            .map(|number| delay(number).map(|delay| delay.as_micros().div_ceil(1_000)))
            .collect()
    }

    #[test]
    fn growth_cap_and_count_are_those_of_the_originals() {
        let some = |delays: &[u128]| delays.iter().copied().map(Some).collect::<Vec<_>>();
        assert_eq!(longest(&gax(), 1..=7), some(&[1_000, 2_000, 4_000, 8_000, 16_000, 30_000, 30_000]));
        assert_eq!(longest(&lestrrat_exponential(), 1..=4), some(&[500, 750, 1_125, 1_688]));
        assert_eq!(longest(&lestrrat_exponential(), 10..=11), [Some(19_222), None]);
        assert_eq!(longest(&lestrrat_constant(), 10..=11), [Some(60_000), None]);
        assert_eq!(longest(&grpc(), [1, 2, 3, 99]), some(&[1_000, 1_600, 2_560, 120_000]));
        assert_eq!(longest(&aws(), 1..=3), [Some(1_000), Some(2_000), None]);
        assert_eq!(longest(&envoy(), 1..=2), [Some(25), None]);
    }
}
