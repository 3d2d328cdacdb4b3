//! For each law a backoff that breaks it, and what its author is told.

use std::cell::Cell;
use std::time::Duration;

use persevere::testing::{Check, Contract, JitterLaw, Report};
use persevere::{Backoff, BackoffExt, Decision, Failure, Reason, constant, exponential};

use crate::support::ms;

/// A backoff that is a function of the failure.
pub(super) struct Fn<F>(pub(super) F);

impl<F: std::ops::Fn(&Failure) -> Decision> Backoff for Fn<F> {
    fn decide(&self, failure: &Failure) -> Decision {
        (self.0)(failure)
    }
}

/// A backoff that is a function of the number of the failure and of a sample between 0 and 1.
fn drawn(delay: impl std::ops::Fn(u32, f64) -> Duration) -> impl Backoff {
    Fn(move |failure: &Failure| {
        #[expect(clippy::cast_precision_loss, reason = "a sample needs no more than the upper bits")]
        let sample = failure.sample(7) as f64 / u64::MAX as f64;
        Decision::Retry(delay(failure.number(), sample))
    })
}

/// Quick, and enough for what is as wrong as here.
fn check(backoff: &impl Backoff, contract: &Contract) -> Report {
    Check::new().samples(2_000, 0.05).backoff(backoff, contract)
}

/// That a law is broken, and what is said.
#[track_caller]
pub(super) fn told(report: &Report, law: &str, text: &str) {
    let finding = report.against(law).unwrap_or_else(|| panic!("{law} is not broken:\n{report}"));
    let said = finding.to_string();
    assert!(said.contains(text), "{said}\ndoes not say: {text}");
    assert!(report.held().iter().all(|held| held.id() != law), "it does not hold as well:\n{report}");
}

fn doubles(number: u32) -> Duration {
    ms(100).saturating_mul(2_u32.saturating_pow(number - 1))
}

#[test]
fn a_jitter_that_is_applied_after_the_cap_exceeds_it() {
    let cap = Duration::from_secs(1);
    let backoff = drawn(|number, sample| doubles(number).min(cap).mul_f64(0.9 + 0.2 * sample));
    let contract = Contract::new().grows(doubles).cap(cap).jitter(JitterLaw::Symmetric(0.1));
    told(&check(&backoff, &contract), "B1", "above the cap of 1s");
    // Long after the delays that are looked at otherwise.
    let late = drawn(|number, _| ms(number.into()));
    told(&check(&late, &Contract::new().cap(ms(9_000))), "B1", "delay 9001 is 9.001s, above the cap of 9s");
}

#[test]
fn an_arithmetic_that_overflows_panics_and_says_after_which_delay() {
    let backoff = drawn(|number, _| ms(100) * 2_u32.pow(number - 1));
    told(
        &check(&backoff, &Contract::new()),
        "B4",
        "delay 33 panics with `attempt to multiply with overflow`",
    );
    // Only a failure that no run of this length comes to.
    let backoff = drawn(|number, _| ms(u64::from(number.checked_add(1).expect("it is counted on"))));
    told(&check(&backoff, &Contract::new()), "B4", "it panics with `it is counted on` at Failure {");
}

#[test]
fn a_full_jitter_has_no_floor() {
    let backoff = drawn(|_, sample| ms(100).mul_f64(sample));
    told(&check(&backoff, &Contract::new().floor(ms(1))), "B5", "below the floor of 1ms");
}

#[test]
fn a_first_delay_that_has_been_through_a_float_is_not_the_base() {
    let base = ms(56);
    let backoff = drawn(|_, _| Duration::from_secs_f32(0.056));
    told(&check(&backoff, &Contract::new().first(base)), "B6", "delay 1 is 56.000002ms instead of 56ms");
}

#[test]
fn a_count_that_is_off_by_one_is_seen_on_either_side() {
    let three = Contract::new().delays(3);
    let until =
        |last| {
            Fn(move |failure: &Failure| {
                if failure.number() <= last {
                    Decision::Retry(ms(1))
                } else {
                    Decision::Stop(Reason::Attempts)
                }
            })
        };
    told(&check(&until(2), &three), "B8", "2 delays instead of 3");
    told(&check(&until(4), &three), "B8", "more than 3 delays");
    assert!(check(&until(3), &three).is_clean());
}

#[test]
fn a_growth_that_wraps_around_leaves_the_cap_again() {
    let cap = Duration::from_secs(60);
    let wrapping = drawn(|number, _| ms(100_u64.wrapping_shl(number - 1)).min(cap));
    let contract = Contract::new().cap(cap).jitter(JitterLaw::None).rises();
    let report = check(&wrapping, &contract);
    told(&report, "B9", "and the one before it the cap of 60s");
    told(&report, "G2", "and the one before it 60s");
}

#[test]
fn a_growth_that_starts_one_power_too_late_is_not_what_it_says() {
    let late = drawn(|number, _| doubles(number.saturating_add(1)));
    let contract = Contract::new().grows(doubles).jitter(JitterLaw::None);
    told(&check(&late, &contract), "G1", "delay 1 is 200ms instead of 100ms, give or take 0ns");
    told(&check(&late, &Contract::new().grows(doubles)), "G1", "delay 1 is 200ms instead of 100ms");
}

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

/// What has no case is said to have none.
#[test]
fn a_law_that_nothing_speaks_of_is_neither_held_nor_broken() {
    let unchecked =
        |report: &Report, law: &str| report.unchecked().iter().any(|unchecked| unchecked.id() == law);
    let nothing =
        check(&persevere::sequence([]), &Contract::new().first(ms(1)).grows(doubles).jitter(JitterLaw::None));
    assert!(unchecked(&nothing, "B6") && unchecked(&nothing, "G1"), "{nothing}");
    assert!(
        nothing.to_string().contains("no case B6: the first delay is the base, to the nanosecond\n"),
        "{nothing}"
    );
    let tiny = Contract::new().grows(|_| Duration::from_nanos(500)).jitter(JitterLaw::Equal);
    let narrow = check(&constant(Duration::from_nanos(500)).equal_jitter(), &tiny);
    assert!(unchecked(&narrow, "J10") && unchecked(&narrow, "J12") && unchecked(&narrow, "S4"), "{narrow}");
    let few = Check::new()
        .samples(99, 0.5)
        .backoff(&constant(ms(1)).full_jitter(), &Contract::new().grows(|_| ms(1)).jitter(JitterLaw::Full));
    assert!(unchecked(&few, "J2"), "{few}");
}

#[test]
fn what_panics_keeps_no_law() {
    let panics = Fn(|_: &Failure| panic!("not today"));
    let report = persevere::testing::family_laws(|_, _| &panics, Duration::ZERO);
    told(&report, "B4", "with a base of 1ns and a cap of 0ns, it panics with `not today`");
    let report = persevere::testing::algebra_laws(&[&panics as &dyn Backoff]);
    told(&report, "A3", "with a = #0, it panics with `not today`");
    // A family that ends at its cap has not the delays that a cap cuts.
    let ends = |base: Duration, cap: Duration| {
        Fn(move |failure: &Failure| match base.saturating_mul(failure.number()) {
            delay if delay >= cap => Decision::Stop(Reason::Attempts),
            delay => Decision::Retry(delay),
        })
    };
    told(&persevere::testing::family_laws(ends, Duration::ZERO), "G6", "should be ");
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

#[test]
fn an_iterator_that_goes_on_after_its_end_is_not_fused() {
    let asked = |_seed: u64| {
        let mut count = 0;
        std::iter::from_fn(move || {
            count += 1;
            (count != 3).then_some(ms(1))
        })
    };
    let report = Check::new().delays(asked, &Contract::new());
    told(&report, "S1", "after its end, another delay comes\n    delays: 1ms, 1ms");
    let finding = report.against("S1").expect("it is broken");
    assert!(finding.seed.is_none() && !finding.to_string().contains("seed"), "no seed fixes it: {finding}");
}

#[test]
fn a_backoff_with_a_generator_of_its_own_is_not_repeatable() {
    let state = Cell::new(1_u64);
    let own = Fn(move |_: &Failure| {
        state.set(state.get().wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1));
        Decision::Retry(ms(state.get() >> 57))
    });
    told(&check(&own, &Contract::new()), "S3", "a second run has other delays than the first");
    // The same delays, and more of them each time it is asked.
    let asked = Cell::new(0);
    let patient = Fn(move |failure: &Failure| {
        asked.set(asked.get() + 1);
        if failure.number() > asked.get() / 300 {
            Decision::Stop(Reason::Attempts)
        } else {
            Decision::Retry(ms(1))
        }
    });
    told(&check(&patient, &Contract::new()), "S3", "a second run has other delays than the first");
}

#[test]
fn a_total_that_is_exceeded_or_ends_too_early_is_told() {
    let total = Duration::from_secs(1);
    let contract = Contract::new().grows(doubles).jitter(JitterLaw::None).total(total);
    let beyond = |_| (1..=4).map(doubles);
    told(&Check::new().delays(beyond, &contract), "T3", "1.5s in all, more than 1s");
    let early = |_| (1..=2).map(doubles);
    told(
        &Check::new().delays(early, &contract),
        "T3",
        "it ends after 300ms, and 400ms more would fit into 1s",
    );
    assert!(Check::new().delays(|_| (1..=3).map(doubles), &contract).is_clean());
}

#[test]
fn a_delay_that_shrinks_with_its_sample_is_outside_of_its_bounds() {
    // The bounds are those of the least and of the greatest sample: this one is longest in between.
    let hill = drawn(|_, sample| ms(100).mul_f64(1.0 - (2.0 * sample - 1.0).abs()));
    told(&check(&hill.attempts(5), &Contract::new()), "T5", "in all, and the bounds say at most 0ns");
}

#[test]
#[should_panic(
    expected = "`grows` of the contract panics with `attempt to multiply with overflow` for delay 33"
)]
fn a_claimed_growth_that_overflows_is_blamed_for_it_and_not_the_backoff() {
    let contract =
        Contract::new().grows(|number| Duration::from_nanos(u64::from(2_u32.pow(number - 1)))).cap(ms(1));
    let _ = check(&exponential(Duration::from_nanos(1)).capped(ms(1)), &contract);
}

#[test]
fn a_report_shows_what_holds_and_what_does_not() {
    let contract = Contract::new().cap(ms(250)).grows(doubles).jitter(JitterLaw::None).rises();
    let report = check(&exponential(ms(100)), &contract);
    let text = report.to_string();
    assert!(text.starts_with(
        "broken  B1: no delay exceeds the cap, whatever the jitter\n    delay 3 is 400ms, above the cap of 250ms\n    delays: \
         100ms, 200ms, 400ms (seed 0)\nbroken  G1: "
    ), "{text}");
    assert!(text.contains("\nholds   G2: no delay is shorter than the one before it\n"), "{text}");
    assert_eq!(
        (report.findings().len(), report.against("B1").map(|finding| finding.delays.len())),
        (2, Some(3))
    );
    assert!(check(&constant(ms(1)), &Contract::new()).is_clean());
}
