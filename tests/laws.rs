//! Laws of backoffs, for all settings.

use std::collections::HashSet;
use std::fmt::Debug;
use std::time::Duration;

use persevere::{Attempt, Backoff, BackoffExt, Decision, Failure, Reason, constant, exponential, sequence};
use proptest::prelude::*;
use proptest::test_runner::FileFailurePersistence;

use crate::support::ms;

/// Every order of magnitude, and the edges.
fn duration() -> impl Strategy<Value = Duration> {
    let edges = prop_oneof![
        Just(Duration::ZERO),
        Just(Duration::from_nanos(1)),
        Just(Duration::from_nanos(u64::MAX)),
        Just(Duration::MAX),
    ];
    let unit =
        prop_oneof![Just(1), Just(1_000), Just(1_000_000), Just(1_000_000_000), Just(3_600_000_000_000)];
    prop_oneof![
        1 => edges,
        4 => (1_u64..=10, unit).prop_map(|(count, unit)| Duration::from_nanos(count * unit)),
    ]
}

fn factor() -> impl Strategy<Value = f64> {
    prop_oneof![Just(1.0), Just(1.0 + f64::EPSILON), Just(1.5), Just(2.0), Just(3.0), Just(1e10), Just(1e300)]
}

fn failure() -> impl Strategy<Value = Failure> {
    let number = prop_oneof![1_u32..100, Just(1024), Just(u32::MAX)];
    (number, any::<u64>(), duration())
        .prop_map(|(number, word, elapsed)| Failure::new(Attempt::new(number).with_elapsed(elapsed), word))
}

/// A backoff that a failing test can print.
trait Shown: Backoff + Debug {}

impl<B: Backoff + Debug> Shown for B {}

/// One of each kind of backoff.
fn backoff() -> BoxedStrategy<Box<dyn Shown>> {
    let growing = (duration(), factor())
        .prop_map(|(base, factor)| exponential(base).factor(factor).expect("all factors are valid"));
    prop_oneof![
        duration().prop_map(|delay| Box::new(constant(delay)) as Box<dyn Shown>),
        growing.prop_map(|growing| Box::new(growing) as Box<dyn Shown>),
        duration().prop_map(|base| Box::new(exponential(base).full_jitter()) as Box<dyn Shown>),
        duration().prop_map(|base| Box::new(exponential(base).equal_jitter()) as Box<dyn Shown>),
        (duration(), 0_u32..5).prop_map(|(base, most)| Box::new(exponential(base).attempts(most)) as _),
        prop::collection::vec(duration(), 0..5).prop_map(|delays| Box::new(sequence(delays)) as _),
        (duration(), duration()).prop_map(|(delay, limit)| Box::new(constant(delay).within(limit)) as _),
    ]
    .boxed()
}

/// Failing cases are kept beside this file, to be committed.
fn config() -> ProptestConfig {
    let beside = FileFailurePersistence::WithSource("proptest-regressions");
    ProptestConfig { failure_persistence: Some(Box::new(beside)), ..ProptestConfig::default() }
}

proptest! {
    #![proptest_config(config())]

    #[test]
    fn a_decision_depends_on_the_failure_alone(backoff in backoff(), failure in failure()) {
        // Q15, P7, P16, P19: and nothing overflows anywhere.
        prop_assert_eq!(backoff.decide(&failure), backoff.decide(&failure));
    }

    #[test]
    fn nothing_exceeds_its_cap_wherever_the_cap_stands(
        backoff in backoff(), cap in duration(), failure in failure()
    ) {
        // Q2, P11, P13, B1, B2
        for capped in [
            &backoff.as_ref().capped(cap) as &dyn Backoff,
            &backoff.as_ref().capped(cap).full_jitter(),
            &backoff.as_ref().full_jitter().capped(cap).attempts(u32::MAX),
            &backoff.as_ref().equal_jitter().attempts(u32::MAX).capped(cap),
        ] {
            if let Decision::Retry(delay) = capped.decide(&failure) {
                prop_assert!(delay <= cap, "{:?} > {:?}", delay, cap);
            }
        }
    }

    #[test]
    fn no_transformer_resurrects_and_no_shaper_stops(
        backoff in backoff(), cap in duration(), failure in failure()
    ) {
        // Q1
        let plain = backoff.decide(&failure);
        for shaped in [
            &backoff.as_ref().capped(cap) as &dyn Backoff,
            &backoff.as_ref().full_jitter(),
            &backoff.as_ref().equal_jitter(),
        ] {
            prop_assert_eq!(shaped.decide(&failure).delay().is_some(), plain.delay().is_some());
        }
        for limited in [
            &backoff.as_ref().attempts(7) as &dyn Backoff,
            &backoff.as_ref().within(cap),
            &backoff.as_ref().and(constant(cap)),
        ] {
            let decision = limited.decide(&failure);
            prop_assert!(decision.delay().is_none() || decision >= plain, "{:?} from {:?}", decision, plain);
        }
    }

    #[test]
    fn jitter_goes_downwards_and_stays_in_its_range(base in duration(), failure in failure()) {
        // J1, J3
        let Decision::Retry(delay) = exponential(base).decide(&failure) else { unreachable!() };
        let Decision::Retry(full) = exponential(base).full_jitter().decide(&failure) else { unreachable!() };
        let Decision::Retry(equal) = exponential(base).equal_jitter().decide(&failure) else { unreachable!() };
        prop_assert!(full < delay || delay.is_zero());
        prop_assert!(equal >= Duration::from_nanos(u64::try_from(delay.as_nanos() / 2).expect("half of a word")));
        prop_assert!(equal < delay || delay.is_zero());
    }

    #[test]
    fn growth_never_turns_back(base in duration(), factor in factor(), number in 1_u32..5000) {
        // Q5, G2
        let backoff = exponential(base).factor(factor).expect("all factors are valid");
        let at = |number| backoff.decide(&Failure::new(Attempt::new(number), 0));
        prop_assert!(at(number) <= at(number + 1));
        prop_assert_eq!(at(1).delay(), Some(base.min(Duration::from_nanos(u64::MAX))));
    }

    #[test]
    fn both_must_agree_is_a_lattice_operation(
        a in backoff(), b in backoff(), c in backoff(), failure in failure()
    ) {
        // A1, A2
        let (a, b, c) = (a.as_ref(), b.as_ref(), c.as_ref());
        prop_assert_eq!(a.and(a).decide(&failure), a.decide(&failure));
        prop_assert_eq!(a.and(b).decide(&failure), b.and(a).decide(&failure));
        prop_assert_eq!(a.and(b).and(c).decide(&failure), a.and(b.and(c)).decide(&failure));
    }

    #[test]
    fn limits_are_exact(most in 0_u32..50, number in 1_u32..60) {
        let stopped = constant(ms(1)).attempts(most).decide(&Failure::new(Attempt::new(number), 0));
        let expected = if number >= most.max(1) {
            Decision::Stop(Reason::Attempts)
        } else {
            Decision::Retry(ms(1))
        };
        prop_assert_eq!(stopped, expected);
    }
}

#[test]
fn jitter_is_alive_at_the_cap() {
    // Q3, J10: wherever the cap is written, delays do not pile up at it.
    let (cap, far) = (ms(2_000), Attempt::new(20));
    for backoff in [
        &exponential(ms(50)).capped(cap).full_jitter() as &dyn Backoff,
        &exponential(ms(50)).full_jitter().capped(cap),
        &exponential(ms(50)).equal_jitter().attempts(99).within(Duration::MAX).capped(cap),
        &constant(Duration::MAX).capped(cap).full_jitter(),
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
fn two_jitters_draw_from_streams_of_their_own() {
    let failures = (0..1_000).map(|word| Failure::new(Attempt::new(1), word));
    let [first, second]: [Vec<f64>; 2] = [1, 2].map(|salt| {
        #[expect(clippy::cast_precision_loss, reason = "a correlation needs no more than 53 bits")]
        failures.clone().map(|failure| failure.sample(salt) as f64 / 2_f64.powi(64) - 0.5).collect()
    });
    let product: f64 = first.iter().zip(&second).map(|(a, b)| a * b).sum();
    let correlation = product / (1_000.0 / 12.0);
    assert!(correlation.abs() < 0.15, "correlation {correlation}");
}
