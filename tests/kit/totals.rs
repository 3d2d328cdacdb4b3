//! What delays add up to, by formulas that know nothing of schedules.

use std::time::Duration;

use persevere::strategies::{self, Domain};
use persevere::{
    Backoff, BackoffExt, Bounds, Schedule, constant, decorrelated, exponential, fibonacci, linear,
};
use proptest::prelude::*;

use crate::model::config;
use crate::support::ms;

/// The most that is slept after so many delays.
fn most(backoff: &dyn Backoff, delays: u32) -> Duration {
    Bounds::of(&backoff.attempts(delays + 1)).most_sleep.expect("they are counted")
}

#[test]
fn totals_are_those_of_the_closed_forms() {
    // T1, T2. A jitter draws less than the delay by a nanosecond at least.
    for delays in [1, 2, 3, 7, 12] {
        let (n, nanos) = (u64::from(delays), Duration::from_nanos(u64::from(delays)));
        let below = |total: Duration, closed: Duration| total <= closed && total + nanos >= closed;
        assert_eq!(most(&constant(ms(7)), delays), ms(7 * n));
        assert_eq!(most(&linear(ms(7)).step(ms(3)), delays), ms(7 * n + 3 * n * (n - 1) / 2));
        let doubled = ms(7 * (2_u64.pow(delays) - 1));
        assert_eq!(most(&exponential(ms(7)), delays), doubled);
        assert!(below(most(&exponential(ms(7)).full_jitter(), delays), doubled));
        assert!(below(most(&exponential(ms(7)).equal_jitter(), delays), doubled));
        // Capped at 56 ms, which the fourth delay reaches: 7 + 14 + 28 and then the cap.
        let capped = ms(if delays < 4 { 7 * (2_u64.pow(delays) - 1) } else { 49 + 56 * (n - 3) });
        assert_eq!(most(&exponential(ms(7)).capped(ms(56)), delays), capped);
        // b·(F(n + 2) − 1), with F(1) = F(2) = 1.
        let (mut this, mut next) = (1_u64, 1_u64);
        (0..delays).for_each(|_| (this, next) = (next, this + next));
        assert_eq!(most(&fibonacci(ms(7)), delays), ms(7 * (next - 1)));
        // Σ min(c, 3ᵏ·b).
        let drawn: u64 = (1..=delays).map(|k| (3_u64.pow(k) * 7).min(1_000)).sum();
        let total = most(&decorrelated(ms(7), ms(1_000)), delays);
        // The previous delay is rounded: by up to 60 ns for each second.
        assert!(total <= ms(drawn) && total + Duration::from_micros(3) >= ms(drawn), "{total:?} {drawn}");
    }
}

#[test]
fn the_mean_of_jittered_totals_is_that_of_their_laws() {
    // T2: a half of the worst total with full jitter, three quarters with equal. 4,000 totals of eight delays are off by less
    // than a hundredth, and the seeds are fixed.
    let mean = |backoff: &dyn Backoff| {
        let totals = (0..4_000).map(|seed| Schedule::of(&backoff.attempts(9), seed).total().as_secs_f64());
        totals.sum::<f64>() / 4_000.0
    };
    let worst = most(&constant(ms(100)), 8).as_secs_f64();
    let full = mean(&constant(ms(100)).full_jitter()) / worst;
    let equal = mean(&constant(ms(100)).equal_jitter()) / worst;
    assert!((full - 0.5).abs() < 0.005 && (equal - 0.75).abs() < 0.005, "{full} {equal}");
}

proptest! {
    #![proptest_config(config())]

    /// T6, and the same for a limit in time.
    #[test]
    fn one_more_attempt_or_more_time_never_lowers_a_total(
        backoff in strategies::backoff(Domain::Human, 2), attempts in 1_u32..12, limit in strategies::duration(Domain::Human), seed in strategies::seed()
    ) {
        let total = |policy: &dyn Backoff| Schedule::of(&policy, seed).total();
        prop_assert!(total(&(&backoff).attempts(attempts)) <= total(&(&backoff).attempts(attempts + 1)));
        let within = |limit| total(&(&backoff).attempts(12).within(limit));
        prop_assert!(within(limit) <= within(limit * 2));
        prop_assert!(within(limit) < limit || within(limit).is_zero(), "no sleep ends at the limit or after it");
    }
}
