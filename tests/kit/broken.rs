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
pub(super) fn drawn(delay: impl std::ops::Fn(u32, f64) -> Duration) -> impl Backoff {
    Fn(move |failure: &Failure| {
        #[expect(clippy::cast_precision_loss, reason = "a sample needs no more than the upper bits")]
        let sample = failure.sample(7) as f64 / u64::MAX as f64;
        Decision::Retry(delay(failure.number(), sample))
    })
}

/// Quick, and enough for what is as wrong as here.
pub(super) fn check(backoff: &impl Backoff, contract: &Contract) -> Report {
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

pub(super) fn doubles(number: u32) -> Duration {
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
    // And so late that only the long run comes that far.
    let late = drawn(|number, _| if number == 5_000 { ms(1) } else { cap });
    let report = check(&late, &contract);
    told(&report, "B9", "delay 5000 is 1ms, and the one before it the cap of 60s");
    told(&report, "G2", "delay 5000 is 1ms, and the one before it 60s");
}

#[test]
fn a_growth_that_starts_one_power_too_late_is_not_what_it_says() {
    let late = drawn(|number, _| doubles(number.saturating_add(1)));
    let contract = Contract::new().grows(doubles).jitter(JitterLaw::None);
    told(&check(&late, &contract), "G1", "delay 1 is 200ms instead of 100ms, give or take 0ns");
    told(&check(&late, &Contract::new().grows(doubles)), "G1", "delay 1 is 200ms instead of 100ms");
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
    let contract = Contract::new().grows(|_| ms(1)).jitter(JitterLaw::Full);
    let ten = Check::new().runs(10).backoff(&constant(ms(1)).full_jitter(), &contract);
    assert!(unchecked(&ten, "J10"), "{ten}");
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
fn a_growth_is_not_asked_for_delays_beyond_the_steps_of_the_check() {
    // A hundred delays fit: more than the runs have, and less than the long one may have.
    let growth = |number| if number <= 64 { ms(1) } else { panic!("asked for {number}") };
    let contract = Contract::new().grows(growth).total(ms(100));
    let report = Check::new().delays(|_| std::iter::repeat_n(ms(1), 100), &contract);
    assert!(report.is_clean(), "{report}");
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
