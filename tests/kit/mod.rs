//! The laws of schedules: our own backoffs keep them, and each law finds one that does not.

mod bands;
mod broken;
mod drawn;
mod implementors;
mod jitters;
mod lattice;
mod totals;

use std::time::Duration;

use persevere::testing::{Check, Contract, JitterLaw, assert_backoff, assert_delays};
use persevere::{
    Backoff, BackoffExt, Kind, Rationed, Schedule, constant, decorrelated, exponential, fibonacci, linear,
    polynomial, sequence,
};

use crate::support::ms;

/// What doubles from `base`.
fn doubles(base: Duration) -> impl Fn(u32) -> Duration + Send + Sync + Clone + 'static {
    // The longest delay that our backoffs make is 2⁶⁴ − 1 ns.
    move |number| {
        let nanos = base.as_nanos().saturating_mul(2_u128.saturating_pow(number - 1));
        Duration::from_nanos(u64::try_from(nanos).unwrap_or(u64::MAX))
    }
}

fn plain(grows: impl Fn(u32) -> Duration + Send + Sync + 'static) -> Contract {
    Contract::new().grows(grows).rises().jitter(JitterLaw::None)
}

#[test]
fn what_grows_keeps_its_formula() {
    // G1, G4, G8, G9, G10, B6: from a nanosecond to centuries.
    for base in [Duration::ZERO, Duration::from_nanos(1), ms(100), Duration::from_secs(1 << 32)] {
        // An end is sooner seen than none.
        let keeps =
            |backoff: &dyn Backoff, contract: &Contract| assert_backoff(&backoff.attempts(500), contract);
        let times = move |factor: u64| {
            let nanos = base.as_nanos().saturating_mul(factor.into()).min(u64::MAX.into());
            Duration::from_nanos(u64::try_from(nanos).expect("within a word"))
        };
        keeps(&constant(base), &plain(move |_| base).first(base));
        keeps(&exponential(base), &plain(doubles(base)).first(base));
        keeps(&exponential(base).factor(1.0).expect("valid"), &plain(move |_| base).first(base));
        keeps(&linear(base), &plain(move |number| times(number.into())).first(base));
        let cubes = move |number: u32| times(u64::from(number).saturating_pow(3));
        keeps(&polynomial(base, 3), &plain(cubes).first(base));
        let golden = move |number: u32| {
            let (mut this, mut next) = (1_u64, 1_u64);
            for _ in 1..number {
                (this, next) = (next, this.saturating_add(next));
            }
            times(this)
        };
        keeps(&fibonacci(base), &plain(golden).first(base));
    }
    let three = exponential(ms(1)).factor(1.5).expect("valid");
    assert_backoff(
        &three.capped(ms(900)),
        &plain(|number| Duration::from_secs_f64(1.5_f64.powi(i32::try_from(number).unwrap() - 1) / 1e3))
            .cap(ms(900)),
    );
    let list = [3, 1, 4].map(ms);
    assert_backoff(
        &sequence(list),
        &Contract::new().grows(move |number| list[number as usize - 1]).jitter(JitterLaw::None).delays(3),
    );
}

#[test]
fn jitter_of_each_kind_keeps_its_law_below_and_at_the_cap() {
    // Whole seconds, whole milliseconds and odd nanoseconds; two thousand samples are spread evenly to within 0.05 but for one
    // in ten thousand, and the seeds are fixed.
    for base in [Duration::from_secs(1), ms(7), Duration::from_nanos(999_937)] {
        let cap = base * 100;
        let grows = doubles(base);
        let contract = |law| Contract::new().grows(grows.clone()).cap(cap).jitter(law);
        let check = Check::new().samples(2_000, 0.05).steps(20);
        for (backoff, contract) in [
            (&exponential(base).full_jitter().capped(cap) as &dyn Backoff, contract(JitterLaw::Full)),
            (&exponential(base).capped(cap).full_jitter(), contract(JitterLaw::Full)),
            (&exponential(base).equal_jitter().capped(cap), contract(JitterLaw::Equal).floor(base / 2)),
            (
                &exponential(base).proportional_jitter(0.3).expect("a fraction").capped(cap),
                contract(JitterLaw::Proportional(0.3)),
            ),
            (
                &decorrelated(base, cap),
                Contract::new().cap(cap).floor(base).jitter(JitterLaw::Decorrelated {
                    base,
                    factor: 3.0,
                    clips: false,
                }),
            ),
        ] {
            let report = check.backoff(&backoff.attempts(60), &contract);
            assert!(report.is_clean() && report.held().len() >= 11, "{base:?}\n{report}");
        }
    }
}

#[test]
fn what_is_put_together_keeps_the_laws_of_all() {
    let composed: [Box<dyn Backoff>; 4] = [
        Box::new(constant(ms(10)).then(3, exponential(ms(50))).capped(ms(400)).attempts(9)),
        Box::new(exponential(ms(10)).by_kind(Kind::Throttled, constant(ms(500))).full_jitter().attempts(4)),
        Box::new(fibonacci(ms(10)).and(linear(ms(20))).or(constant(ms(60))).floor(ms(15)).attempts(12)),
        Box::new(exponential(ms(10)).within(Duration::from_secs(3))),
    ];
    for backoff in &composed {
        assert_backoff(backoff, &Contract::new());
    }
    let policy = Rationed::new(exponential(ms(100)), Duration::from_secs(2));
    // 100 + 200 + 400 + 800 ms fit, and 1.6 s more do not.
    let contract =
        Contract::new().grows(doubles(ms(100))).jitter(JitterLaw::None).total(Duration::from_secs(2));
    assert_backoff(&policy, &contract);
    assert_eq!(Schedule::of(&policy, 0).total(), ms(1_500));
    assert_backoff(&persevere::presets::grpc(), &Contract::new());
}

#[test]
fn other_laws_of_jitter_hold_for_those_who_keep_them() {
    let share = |place: f64, range: Duration| range.mul_f64(place);
    let draw = |seed: u64, number: u32| {
        f64::from(u32::try_from(word(seed, number) >> 32).expect("half a word")) / 4_294_967_296.0
    };
    let base = ms(200);
    let symmetric =
        move |seed| (1..).map(move |number| base.mul_f64(0.9) + share(draw(seed, number), base.mul_f64(0.2)));
    let contract = Contract::new().grows(move |_| base).seeded();
    let check = Check::new().samples(2_000, 0.05);
    let claims = |law| contract.clone().jitter(law);
    for (report, law) in [
        (check.delays(symmetric, &claims(JitterLaw::Symmetric(0.1))), "J4"),
        (
            check.delays(
                move |seed| (1..).map(move |number| base + share(draw(seed, number), ms(50))),
                &claims(JitterLaw::Additive(ms(50))),
            ),
            "J5",
        ),
        (
            check.delays(move |seed| polly(base, draw, seed), &claims(JitterLaw::PollyV2 { median: base })),
            "J8",
        ),
        (
            check.delays(
                move |seed| aws(base, base * 20, draw, seed),
                &claims(JitterLaw::Decorrelated { base, factor: 3.0, clips: true }).cap(base * 20),
            ),
            "J6",
        ),
        (
            check.delays(
                move |seed| (1..).map(move |number| share(draw(seed, number).sqrt(), base)),
                // The share below a place is the square of the place.
                &claims(JitterLaw::custom(move |delay, _, _| {
                    (delay.as_secs_f64() / base.as_secs_f64()).powi(2)
                })),
            ),
            "J2",
        ),
    ] {
        assert!(report.is_clean(), "{report}");
        assert!(report.held().iter().any(|held| held.id() == law), "{law} was not checked\n{report}");
    }
    assert_delays(|_| [ms(1), ms(2)], &Contract::new().delays(2).seeded());
}

/// A random word for each delay of each seed.
fn word(seed: u64, number: u32) -> u64 {
    persevere::Entropy::seeded(seed, number).sample(1)
}

/// Polly's delays: differences of its curve at places that are spread over one step each.
fn polly(median: Duration, draw: impl Fn(u64, u32) -> f64, seed: u64) -> impl Iterator<Item = Duration> {
    let curve = |place: f64| 2_f64.powf(place) * (4.0 * place).sqrt().tanh();
    let mut before = 0.0;
    (1..40).map(move |number| {
        let value = curve(f64::from(number) - 1.0 + draw(seed, number));
        let delay = median.mul_f64((value - before) / 1.4);
        before = value;
        delay
    })
}

/// Decorrelated jitter as it was published: what is drawn above the cap becomes the cap.
fn aws(
    base: Duration,
    cap: Duration,
    draw: impl Fn(u64, u32) -> f64,
    seed: u64,
) -> impl Iterator<Item = Duration> {
    let mut previous = base;
    (1..).map(move |number| {
        let width = (previous * 3).saturating_sub(base);
        previous = (base + width.mul_f64(draw(seed, number))).min(cap);
        previous
    })
}

#[test]
#[should_panic(expected = "has to say what the delays are without: call `grows`")]
fn a_contract_that_cannot_be_checked_is_refused() {
    assert_backoff(&constant(ms(1)).full_jitter(), &Contract::new().jitter(JitterLaw::Full));
}

#[test]
fn a_check_says_how_often_it_is_wrong() {
    assert!((Check::new().false_alarm() - 2.25e-7).abs() < 1e-9);
    assert!(Check::new().samples(2_000, 0.05).false_alarm() < 9.2e-5);
}
