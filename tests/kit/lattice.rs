//! Laws between backoffs: of one kind with other settings, and of those that are put together.

use std::cell::Cell;
use std::time::Duration;

use persevere::testing::{algebra_laws, assert_algebra, assert_family, family_laws};
use persevere::{
    Backoff, BackoffExt, Decision, Failure, Kind, constant, exponential, fibonacci, linear, polynomial,
    sequence,
};

use super::broken::{Fn, told};
use crate::support::ms;

#[test]
fn our_families_keep_the_laws_between_their_members() {
    assert_family(|base, cap| constant(base).capped(cap), Duration::ZERO);
    assert_family(|base, cap| linear(base).capped(cap), Duration::ZERO);
    assert_family(|base, cap| exponential(base).capped(cap), Duration::ZERO);
    assert_family(|base, cap| fibonacci(base).capped(cap), Duration::ZERO);
    assert_family(|base, cap| polynomial(base, 3).capped(cap), Duration::ZERO);
    // Half a nanosecond of the base is rounded, and grows with what follows.
    let slow = |base: Duration, cap| exponential(base).factor(1.5).expect("valid").capped(cap);
    assert_family(slow, Duration::from_nanos(1));
}

#[test]
fn our_combinators_keep_the_laws_of_the_algebra() {
    let (a, b) = (exponential(ms(10)).full_jitter(), exponential(ms(25)).equal_jitter().attempts(6));
    let (c, d) = (sequence([ms(5), ms(90)]), constant(ms(30)).by_kind(Kind::Throttled, constant(ms(500))));
    assert_algebra(&[
        &a as &dyn Backoff,
        &b,
        &c,
        &d,
        &fibonacci(ms(7)).capped(ms(60)),
        &linear(ms(3)).floor(ms(8)),
    ]);
}

/// A family whose delays are made of the base, the cap and the number.
fn made(
    delay: impl std::ops::Fn(Duration, Duration, u32) -> Duration + Copy + 'static,
) -> impl std::ops::Fn(Duration, Duration) -> Box<dyn Backoff> {
    move |base, cap| {
        Box::new(Fn(move |failure: &Failure| Decision::Retry(delay(base, cap, failure.number()))))
    }
}

fn doubled(base: Duration, number: u32) -> Duration {
    base.saturating_mul(2_u32.saturating_pow(number - 1))
}

#[test]
fn families_that_break_a_law_are_found() {
    let base_first =
        made(|base, cap, number| if number == 1 { base } else { doubled(base, number).min(cap) });
    told(
        &family_laws(base_first, Duration::ZERO),
        "B2",
        "with a base of 1ns and a cap of 0ns, the first delay is 1ns",
    );

    let never_zero = made(|base, cap, number| doubled(base.max(Duration::from_nanos(1)), number).min(cap));
    told(&family_laws(never_zero, Duration::ZERO), "B7", "a delay is 1ns");

    let in_millis = made(|base, cap, number| (base + ms(u64::from(number) - 1)).min(cap));
    told(&family_laws(in_millis, Duration::ZERO), "G5", "2 times a base of 1ns");

    let starts_over = made(|base, cap, number| {
        let grown = doubled(base, number);
        if grown > cap { base.min(cap) } else { grown }
    });
    told(&family_laws(starts_over, Duration::ZERO), "G6", "delay 5 should be 9ns");

    let cut_short =
        made(|base, cap, _| Duration::from_millis(u64::try_from(base.as_millis() % 10).unwrap()).min(cap));
    told(
        &family_laws(cut_short, Duration::ZERO),
        "G7",
        " times the base of 7ms up to 3.5ms, delay 1 is no longer 3.5ms or more",
    );
}

#[test]
fn an_operand_that_is_no_function_of_the_failure_breaks_the_algebra() {
    let count = Cell::new(0_u64);
    let counts = Fn(|_: &Failure| {
        count.set(count.get() + 1);
        Decision::Retry(ms(count.get() % 7))
    });
    let report = algebra_laws(&[&counts as &dyn Backoff, &constant(ms(3))]);
    for law in ["A1", "A2", "A3", "A4", "A6", "A7", "A8", "A10", "A11"] {
        told(&report, law, "the left side has [");
    }
    told(&report, "A3", "with a = #0, the left side has [");
}
