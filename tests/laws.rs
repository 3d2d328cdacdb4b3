//! Laws of backoffs, for all settings.

use std::time::Duration;

use persevere::strategies::{self, Domain};
use persevere::{
    AnyBackoff, Attempt, Backoff, BackoffExt, Decision, Failure, Kind, Reason, Seeded, Session, Verdict,
    constant, decorrelated, exponential, sequence,
};
use proptest::prelude::*;
use proptest::test_runner::FileFailurePersistence;

use crate::support::ms;

fn failure() -> impl Strategy<Value = Failure> {
    let number = prop_oneof![1_u32..100, Just(1024), Just(u32::MAX)];
    (number, any::<u64>(), duration())
        .prop_map(|(number, word, elapsed)| Failure::new(Attempt::new(number).with_elapsed(elapsed), word))
}

/// Those that look at nothing but the number and the word.
fn timeless() -> BoxedStrategy<AnyBackoff> {
    strategies::memoryless(Domain::Full, 2)
}

/// Those, and some with a deadline: the laws of the algebra speak of these. One that reads the previous delay sees
/// another one when it is joined with others.
fn memoryless() -> BoxedStrategy<AnyBackoff> {
    let dated = (timeless(), duration()).prop_map(|(backoff, limit)| AnyBackoff::new(backoff.within(limit)));
    prop_oneof![12 => timeless(), 1 => dated].boxed()
}

/// Each kind of backoff.
fn backoff() -> BoxedStrategy<AnyBackoff> {
    strategies::backoff(Domain::Full, 2)
}

fn duration() -> BoxedStrategy<Duration> {
    strategies::duration(Domain::Full)
}

/// What a call would do after the failures of its first attempts, one `elapsed` after the other.
fn decisions(backoff: &dyn Backoff, seed: u64) -> Vec<Decision> {
    let steps = [0, 1, 1_000_000, 60_000_000_000, u64::MAX / 2];
    let mut elapsed = Duration::ZERO;
    let mut decisions = Vec::new();
    let mut session = Session::new(Seeded::new(backoff, seed));
    for step in steps.into_iter().cycle().take(12) {
        elapsed = elapsed.saturating_add(Duration::from_nanos(step));
        let kind = if step == 1 { Kind::Throttled } else { Kind::Transient };
        let decision = session.step(elapsed, Verdict::retry_as(kind)).decision();
        decisions.push(decision);
        if let Decision::Stop(_) = decision {
            break;
        }
    }
    decisions
}

/// The same without the reasons: two rules may stop a call at once, and only one of them is named.
fn delays(backoff: &dyn Backoff, seed: u64) -> Vec<Option<Duration>> {
    decisions(backoff, seed).into_iter().map(Decision::delay).collect()
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
        let backoff = &backoff;
        // Q2, P11, P13, B1, B2
        for capped in [
            &backoff.capped(cap) as &dyn Backoff,
            &backoff.capped(cap).full_jitter(),
            &backoff.full_jitter().capped(cap).attempts(u32::MAX),
            &backoff.equal_jitter().attempts(u32::MAX).capped(cap),
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
        let backoff = &backoff;
        // Q1
        let plain = backoff.decide(&failure);
        for shaped in [
            &backoff.capped(cap) as &dyn Backoff,
            &backoff.full_jitter(),
            &backoff.equal_jitter(),
        ] {
            prop_assert_eq!(shaped.decide(&failure).delay().is_some(), plain.delay().is_some());
        }
        for limited in [
            &backoff.attempts(7) as &dyn Backoff,
            &backoff.within(cap),
            &backoff.and(constant(cap)),
        ] {
            let decision = limited.decide(&failure);
            prop_assert!(decision.delay().is_none() || decision >= plain, "{:?} from {:?}", decision, plain);
        }
    }

    #[test]
    fn jitter_goes_downwards_and_stays_in_its_range(
        base in duration(), fraction in 0.0..=1.0, failure in failure()
    ) {
        // J1, J3, J4
        let Decision::Retry(delay) = exponential(base).decide(&failure) else { unreachable!() };
        let Decision::Retry(full) = exponential(base).full_jitter().decide(&failure) else { unreachable!() };
        let Decision::Retry(equal) = exponential(base).equal_jitter().decide(&failure) else { unreachable!() };
        let part = exponential(base).proportional_jitter(fraction).expect("a fraction").decide(&failure);
        let part = part.delay().expect("it never stops");
        prop_assert!(part <= delay);
        prop_assert!(part.as_secs_f64() >= delay.as_secs_f64() * (1.0 - fraction) * (1.0 - 1e-9) - 1e-9);
        prop_assert!(full < delay || delay.is_zero());
        prop_assert!(equal >= Duration::from_nanos(u64::try_from(delay.as_nanos() / 2).expect("half of a word")));
        prop_assert!(equal < delay || delay.is_zero());
    }

    #[test]
    fn growth_never_turns_back(base in duration(), factor in prop::sample::select(vec![1.0, 1.0 + f64::EPSILON, 1.5, 2.0, 3.0, 1e10, 1e300]), number in 1_u32..5000) {
        // Q5, G2
        let backoff = exponential(base).factor(factor).expect("all factors are valid");
        let at = |number| backoff.decide(&Failure::new(Attempt::new(number), 0));
        prop_assert!(at(number) <= at(number + 1));
        prop_assert_eq!(at(1).delay(), Some(base.min(Duration::from_nanos(u64::MAX))));
    }

    #[test]
    fn and_and_or_are_a_lattice(
        a in memoryless(), b in memoryless(), c in memoryless(), seed in any::<u64>()
    ) {
        // A1–A6, with the randomness of a seed shared by both sides of each law, and deadlines held by the
        // session. Only the first stop is named, so reasons are left out.
        let (a, b, c) = (&a, &b, &c);
        let same = |left: &dyn Backoff, right: &dyn Backoff| {
            prop_assert_eq!(delays(left, seed), delays(right, seed));
            Ok(())
        };
        same(&a.and(a), &a)?;
        same(&a.or(a), &a)?;
        same(&a.and(b), &b.and(a))?;
        same(&a.or(b), &b.or(a))?;
        same(&a.and(b).and(c), &a.and(b.and(c)))?;
        same(&a.or(b).or(c), &a.or(b.or(c)))?;
        same(&a.and(a.or(b)), &a)?;
        same(&a.or(a.and(b)), &a)?;
        let (forever, never) = (constant(Duration::ZERO), sequence([]));
        same(&a.and(forever), &a)?;
        same(&a.or(never), &a)?;
        same(&a.and(never), &never)?;
        same(&a.or(forever), &forever)?;
    }

    #[test]
    fn and_and_or_distribute_over_each_other_where_no_deadline_is(
        a in timeless(), b in timeless(), c in timeless(), seed in any::<u64>()
    ) {
        // A7. A deadline is held against the longer delay of both sides, which no single side knows.
        let (a, b, c) = (&a, &b, &c);
        prop_assert_eq!(delays(&a.and(b.or(c)), seed), delays(&a.and(b).or(a.and(c)), seed));
        prop_assert_eq!(delays(&a.or(b.and(c)), seed), delays(&a.or(b).and(a.or(c)), seed));
    }

    #[test]
    fn limits_and_caps_combine_as_their_numbers_do(
        a in backoff(), x in duration(), y in duration(), m in 0_u32..6, n in 0_u32..6, seed in any::<u64>()
    ) {
        // A10
        let a = &a;
        prop_assert_eq!(decisions(&a.capped(x).capped(y), seed), decisions(&a.capped(x.min(y)), seed));
        prop_assert_eq!(decisions(&a.floor(x).floor(y), seed), decisions(&a.floor(x.max(y)), seed));
        let smaller = a.attempts(m.max(1).min(n.max(1)));
        prop_assert_eq!(decisions(&a.attempts(m).attempts(n), seed), decisions(&smaller, seed));
        prop_assert_eq!(decisions(&a.attempts(m).capped(x), seed), decisions(&a.capped(x).attempts(m), seed));
        prop_assert_eq!(decisions(&a.within(x).within(y), seed), decisions(&a.within(x.min(y)), seed));
        prop_assert_eq!(decisions(&a.within(x).capped(y), seed), decisions(&a.capped(y).within(x), seed));
    }

    #[test]
    fn then_is_associative_and_never_is_its_identity(
        a in memoryless(), b in memoryless(), c in memoryless(), m in 0_u32..4, n in 0_u32..4, seed in any::<u64>()
    ) {
        // A8
        let (a, b, c) = (&a, &b, &c);
        let left = a.then(m, b).then(m + n, c);
        let right = a.then(m, b.then(n, c));
        prop_assert_eq!(decisions(&left, seed), decisions(&right, seed));
        prop_assert_eq!(decisions(&a.then(0, b), seed), decisions(&b, seed));
        prop_assert_eq!(decisions(&a.then(u32::MAX, b), seed), decisions(&a, seed));
    }

    #[test]
    fn the_place_of_a_deadline_does_not_matter(base in duration(), limit in duration(), seed in any::<u64>()) {
        let inside = exponential(base).within(limit).full_jitter().attempts(9);
        let outside = exponential(base).full_jitter().attempts(9).within(limit);
        prop_assert_eq!(delays(&inside, seed), delays(&outside, seed));
    }

    #[test]
    fn a_floor_is_a_floor(a in backoff(), floor in duration(), seed in any::<u64>()) {
        for delay in delays(&a.floor(floor), seed).into_iter().flatten() {
            prop_assert!(delay >= floor);
        }
    }

    #[test]
    fn decorrelated_delays_stay_between_base_and_cap_and_three_times_the_previous(
        base in duration(), cap in duration(), previous in duration(), word in any::<u64>()
    ) {
        // J6
        let attempt = Attempt::new(2).with_previous_delay(previous);
        let decided = decorrelated(base, cap).decide(&Failure::new(attempt, word));
        let delay = decided.delay().expect("it never stops");
        let longest = Duration::from_nanos(u64::MAX);
        prop_assert!(delay >= base.min(cap).min(longest));
        prop_assert!(delay <= cap && delay <= previous.max(base).saturating_mul(3));
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
