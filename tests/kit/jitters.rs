//! Backoffs whose jitter breaks a law, and some whose jitter only looks as if.

use std::time::Duration;

use persevere::testing::{Check, Contract, JitterLaw};
use persevere::{BackoffExt, Decision, Failure, constant};

use super::broken::{Fn, check, doubles, drawn, told};
use crate::support::ms;

#[test]
fn a_jitter_that_is_cut_off_at_the_cap_dies_there() {
    // What was drawn above the cap becomes the cap: as is found in the wild.
    let cap = Duration::from_secs(1);
    let backoff = drawn(|number, sample| doubles(number).mul_f64(0.5 + sample / 2.0).min(cap));
    let contract = Contract::new().grows(doubles).cap(cap).jitter(JitterLaw::Equal);
    let report = check(&backoff, &contract);
    told(&report, "J10", "has 1 values in 64 runs");
    assert!(
        report
            .to_string()
            .contains("\n    usually: a delay that is cut off after the draw; draw it below `failure.cap()`"),
        "{report}"
    );
    told(
        &report,
        "J3",
        "delay 13: 0.0 % of 2000 draws are below 100.0 % of the range; their mean is at 100.0 %",
    );
}

#[test]
fn jitters_outside_of_their_ranges_are_told_apart() {
    let base = |_| ms(100);
    let claims = |law| Contract::new().grows(base).jitter(law);
    let above = drawn(|_, sample| ms(100).mul_f64(sample * 1.2)).attempts(40);
    told(&check(&above, &claims(JitterLaw::Full)), "J1", "outside of 0ns to 100ms");
    told(&check(&above, &claims(JitterLaw::Equal)), "J3", "outside of 50ms to 100ms");
    told(&check(&above, &claims(JitterLaw::Proportional(0.1))), "J4", "outside of 90ms to 100ms");
    told(&check(&above, &claims(JitterLaw::Symmetric(0.1))), "J4", "outside of 90ms to 110ms");
    told(&check(&above, &claims(JitterLaw::Additive(ms(5)))), "J5", "outside of 100ms to 105ms");
    let law = JitterLaw::Decorrelated { base: ms(100), factor: 3.0, clips: false };
    told(&check(&above, &Contract::new().jitter(law)), "J6", "outside of 100ms to 300ms");
    told(
        &check(&above, &Contract::new().jitter(JitterLaw::PollyV2 { median: ms(10) })),
        "J8",
        "outside of 0ns to ",
    );
}

/// In the range, and in its lower half more often than not.
#[test]
fn jitters_that_are_uneven_within_their_ranges_are_told_apart() {
    let low = |from: Duration, width: Duration| {
        drawn(move |_, sample| from + width.mul_f64(sample * sample)).attempts(40)
    };
    let claims = |law| Contract::new().grows(|_| ms(100)).jitter(law);
    let uneven = "% of 2000 draws are in the lower ";
    told(&check(&low(ms(50), ms(50)), &claims(JitterLaw::Equal)), "J3", uneven);
    told(&check(&low(ms(90), ms(10)), &claims(JitterLaw::Proportional(0.1))), "J4", uneven);
    told(&check(&low(ms(90), ms(20)), &claims(JitterLaw::Symmetric(0.1))), "J4", uneven);
    told(&check(&low(ms(100), ms(5)), &claims(JitterLaw::Additive(ms(5)))), "J5", uneven);
    for clips in [false, true] {
        let law = JitterLaw::Decorrelated { base: ms(100), factor: 3.0, clips };
        told(&check(&low(ms(100), ms(199)), &Contract::new().jitter(law)), "J6", uneven);
    }
    let report = check(&low(ms(1), ms(9)), &Contract::new().jitter(JitterLaw::PollyV2 { median: ms(10) }));
    told(&report, "J8", "% of 2000 draws are ");
}

/// Ranges with few places, places where many draws end up, and runs that are over soon: what is right there stays right.
#[test]
fn a_jitter_that_is_right_is_right_in_narrow_ranges_and_at_the_cap() {
    for micros in 1..40 {
        let delay = Duration::from_micros(micros);
        let report = check(
            &constant(delay).full_jitter().attempts(2),
            &Contract::new().grows(move |_| delay).jitter(JitterLaw::Full),
        );
        assert!(report.is_clean(), "{delay:?}\n{report}");
    }
    for (delays, times) in [(4, 20), (5, 8), (6, 5), (7, 4), (8, 3), (24, 2)] {
        let cap = ms(100) * times;
        let clipped = persevere::decorrelated(ms(100), Duration::MAX).capped(cap).attempts(delays + 1);
        let law = JitterLaw::Decorrelated { base: ms(100), factor: 3.0, clips: true };
        let report = Check::new().backoff(&clipped, &Contract::new().cap(cap).jitter(law));
        assert!(report.is_clean(), "{delays} up to {cap:?}\n{report}");
    }
    // Some runs have no delay at all: the others are looked at.
    let short = constant(ms(100)).full_jitter().within(Duration::from_micros(99_990));
    let report = check(&short, &Contract::new().grows(|_| ms(100)).jitter(JitterLaw::Full));
    assert!(report.held().iter().any(|law| law.id() == "J2"), "{report}");
}

/// As sure as with all of them, and not surer.
#[test]
fn a_spread_of_which_few_draws_say_anything_is_not_held_to_be_wrong() {
    for first in 0..12 {
        let even = |seed: u64| {
            let sample = persevere::Entropy::seeded(seed, 1).sample(5) >> 32;
            [ms(100).mul_f64(f64::from(u32::try_from(sample).unwrap()) / f64::from(u32::MAX))]
        };
        // One draw in ten has a place.
        let law = JitterLaw::custom(|delay, _, _| {
            if delay.subsec_nanos() % 10 == 0 { delay.as_secs_f64() * 10.0 } else { f64::NAN }
        });
        let check = Check::new().samples(2_000, 0.05).seed(first * 10_000);
        let report = check.delays(even, &Contract::new().jitter(law).seeded());
        assert!(report.held().iter().any(|held| held.id() == "J2"), "{first}\n{report}");
    }
}

#[test]
fn a_sample_that_is_never_the_greatest_is_right_until_it_is() {
    // The range is left by the greatest sample alone.
    let backoff = Fn(|failure: &Failure| {
        let sample = failure.sample(7);
        Decision::Retry(if sample == u64::MAX { ms(101) } else { ms(sample % 100) })
    });
    let contract = Contract::new().grows(|_| ms(100)).jitter(JitterLaw::Full);
    told(&check(&backoff, &contract), "J9", "is 101ms, outside of 0ns to 100ms");
}

#[test]
fn a_jitter_that_prefers_a_part_of_its_range_is_uneven() {
    let contract = Contract::new().grows(|_| ms(100)).jitter(JitterLaw::Full);
    let low = drawn(|_, sample| ms(100).mul_f64(sample * sample));
    told(
        &check(&low, &contract),
        "J2",
        "delay 1: 50.3 % of 2000 draws are in the lower 23.1 % of the range; their mean is at 32.5 %",
    );
    // tower 0.5: the fraction of a whole second is nothing.
    let seconds = Contract::new().grows(|_| Duration::from_secs(2)).jitter(JitterLaw::Full);
    let zero = drawn(|_, sample| {
        Duration::from_nanos(u64::from(Duration::from_secs(2).subsec_nanos())).mul_f64(sample)
    });
    let report = check(&zero, &seconds);
    told(&report, "J2", "100.0 % of 2000 draws are in the lower 0.0 % of the range; their mean is at 0.0 %");
    told(&report, "J10", "delay 1 has 1 values in 64 runs");
    told(&report, "S4", "two runs with different seeds have the same delays");
}

#[test]
fn a_jitter_that_feeds_back_falls_behind_its_growth() {
    // Twice what was drawn before, instead of twice what it was drawn from.
    let back = Fn(|failure: &Failure| {
        let from = failure.attempt().previous_delay().saturating_mul(2).max(ms(100));
        let sample = f64::from(u32::try_from(failure.sample(7) >> 32).unwrap_or(0)) / f64::from(u32::MAX);
        Decision::Retry(from.mul_f64(sample))
    });
    let contract = Contract::new().grows(doubles).jitter(JitterLaw::Full);
    told(
        &check(&back, &contract),
        "J2",
        "delay 13: 99.7 % of 2000 draws are in the lower 0.6 % of the range",
    );
}

#[test]
fn a_sample_that_serves_two_delays_ties_them_together() {
    let twice = Fn(|failure: &Failure| {
        // What the call draws first, for all of its delays.
        Decision::Retry(ms(failure.attempt().previous_delay().as_millis().try_into().unwrap_or(0)).max(
            ms(100).mul_f64(if failure.number() == 1 {
                f64::from(u32::try_from(failure.sample(7) >> 32).unwrap_or(0)) / f64::from(u32::MAX)
            } else {
                0.0
            }),
        ))
    });
    let contract = Contract::new().grows(|_| ms(100)).jitter(JitterLaw::Full);
    told(&check(&twice, &contract), "J13", "a correlation of 1.000, where chance alone leaves 0.127");
}

#[test]
fn runs_that_follow_each_other_are_not_to_be_alike() {
    // A generator that is seeded with the time, in steps.
    let slow = |seed: u64| {
        let sample = (seed % 1_000) as u32;
        (1_u32..).map(move |number| ms(100).mul_f64(f64::from((sample + number * 7) % 1_000) / 1_000.0))
    };
    let contract = Contract::new().grows(|_| ms(100)).jitter(JitterLaw::Full).seeded();
    told(
        &Check::new().samples(2_000, 0.05).delays(slow, &contract),
        "J12",
        "of runs in a row: a correlation of",
    );
}
