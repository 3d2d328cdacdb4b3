//! Jitter: alive, uniform and uncorrelated, by counting draws.

use std::collections::HashSet;
use std::time::Duration;

use persevere::{Attempt, Backoff, BackoffExt, Failure, constant, decorrelated, exponential};

use crate::support::ms;

#[test]
fn jitter_is_alive_at_the_cap() {
    // Q3, J10: wherever the cap is written, delays do not pile up at it.
    let (cap, far) = (ms(2_000), Attempt::new(20).with_previous_delay(ms(2_000)));
    for backoff in [
        &exponential(ms(50)).capped(cap).full_jitter() as &dyn Backoff,
        &exponential(ms(50)).full_jitter().capped(cap),
        &exponential(ms(50)).equal_jitter().attempts(99).within(Duration::MAX).capped(cap),
        &constant(Duration::MAX).capped(cap).full_jitter(),
        &exponential(ms(50)).proportional_jitter(0.5).expect("a fraction").capped(cap),
        &decorrelated(ms(50), cap),
    ] {
        let distinct: HashSet<_> =
            (0..64).map(|word| backoff.decide(&Failure::new(far, word)).delay().expect("no limit")).collect();
        assert!(distinct.len() >= 62, "{} of 64 delays are distinct", distinct.len());
        assert!(!distinct.contains(&cap));
    }
}

#[test]
fn full_jitter_is_uniform() {
    // J2: Dvoretzky–Kiefer–Wolfowitz with n = 20 000 and ε = 0.02 fails wrongly with probability 2.3·10⁻⁷;
    // the words are fixed, so it fails always or never. Whole seconds, whole milliseconds, odd nanoseconds.
    for delay in [Duration::from_secs(1), ms(7), Duration::from_nanos(999_999_937)] {
        let backoff = constant(delay).full_jitter();
        let mut draws: Vec<f64> = (0..20_000)
            .map(|word| backoff.decide(&Failure::new(Attempt::new(1), word)).delay().expect("no limit"))
            .map(|drawn| drawn.as_secs_f64() / delay.as_secs_f64())
            .collect();
        draws.sort_by(f64::total_cmp);
        let worst =
            (1_u32..).zip(&draws).map(|(k, x)| (f64::from(k) / 20_000.0 - x).abs()).fold(0.0, f64::max);
        assert!(worst < 0.02, "{delay:?}: the distribution is off by {worst}");
    }
}

#[test]
fn jitters_of_two_kinds_are_not_correlated() {
    // Both over [0, 1 s), so that equal draws would be equal delays. The correlation of 1,000 independent pairs
    // stays below 0.15 but for one case in 400,000.
    let second = Duration::from_secs(1);
    let [full, proportional, decorrelated]: [Vec<f64>; 3] = [
        &constant(second).full_jitter() as &dyn Backoff,
        &constant(second).proportional_jitter(1.0).expect("a fraction"),
        &decorrelated(Duration::ZERO, second),
    ]
    .map(|backoff| {
        let attempt = Attempt::new(2).with_previous_delay(second);
        let draw = |word| backoff.decide(&Failure::new(attempt, word)).delay().expect("no limit");
        (0..1_000).map(|word| draw(word).as_secs_f64() - 0.5).collect()
    });
    for (a, b) in [(&full, &proportional), (&full, &decorrelated), (&proportional, &decorrelated)] {
        let product: f64 = a.iter().zip(b).map(|(a, b)| a * b).sum();
        let correlation = product / (1_000.0 / 12.0);
        assert!(correlation.abs() < 0.15, "correlation {correlation}");
    }
    // One kind in two places draws alike, so that a policy joined with itself is itself.
    let same = constant(second).full_jitter();
    let failure = Failure::new(Attempt::new(1), 99);
    assert_eq!(same.and(same).decide(&failure), same.decide(&failure));
}
