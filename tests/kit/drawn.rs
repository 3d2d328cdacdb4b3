//! Backoffs of every kind, put together at random: they keep the laws, and what fails can be read.

use std::time::Duration;

use persevere::strategies::{self, Domain};
use persevere::testing::{Check, Contract, algebra_laws};
use persevere::{Backoff, BackoffExt, Exponential, PolicyConfig};
use proptest::prelude::*;
use proptest::test_runner::{TestCaseError, TestError, TestRunner};

use crate::model::config;

proptest! {
    #![proptest_config(config())]

    /// B4, S1, S3, T5: nothing panics, what has ended stays so, equal seeds are equal, and the bounds hold.
    #[test]
    fn whatever_is_put_together_keeps_the_laws_of_all(
        human in strategies::backoff(Domain::Human, 3), full in strategies::backoff(Domain::Full, 3), seed in strategies::seed()
    ) {
        for backoff in [human, full] {
            // Whether there is an end or not, the laws are the same, and an end is sooner seen.
            let report = Check::new().runs(3).steps(20).seed(seed).backoff(&backoff.attempts(30), &Contract::new());
            prop_assert!(report.is_clean(), "{}", report);
        }
    }

    /// A1 to A11.
    #[test]
    fn whatever_looks_at_the_failure_alone_keeps_the_laws_of_the_algebra(
        a in strategies::memoryless(Domain::Full, 2), b in strategies::memoryless(Domain::Full, 1)
    ) {
        let report = algebra_laws(&[&a as &dyn Backoff, &b]);
        prop_assert!(report.is_clean(), "{}", report);
    }

    /// What is drawn is valid, and what an operator may choose has bounds.
    #[test]
    fn every_configuration_is_a_policy(config in any_with::<PolicyConfig>(Domain::Human)) {
        let policy = config.policy();
        prop_assert!(policy.is_ok(), "{:?}", policy.err());
    }
}

/// Operators leave most of it out: what is drawn does so too.
#[test]
fn a_configuration_may_have_no_deadline_and_no_end() {
    let policy = any_with::<PolicyConfig>(Domain::Human);
    let default = PolicyConfig::default();
    assert!(
        shrunk(&policy, |config| config.within != Duration::MAX).contains("within: 18446744073709551615")
    );
    assert!(shrunk(&policy, |config| config.attempts.is_some()).contains("attempts: None"));
    let both =
        |config: &PolicyConfig| config.within != default.within && config.reset_after == default.reset_after;
    let text = shrunk(&policy, |config| !both(config));
    assert!(text.contains("within: 1ms"), "{text}");
}

/// What is left of a failure of `holds`, as it is printed.
fn shrunk<S: Strategy>(strategy: &S, holds: impl Fn(&S::Value) -> bool) -> String {
    let config = ProptestConfig { failure_persistence: None, ..ProptestConfig::default() };
    let mut runner = TestRunner::new_with_rng(
        config,
        proptest::test_runner::TestRng::deterministic_rng(proptest::test_runner::RngAlgorithm::ChaCha),
    );
    let failed = runner.run(strategy, |value| {
        if holds(&value) { Ok(()) } else { Err(TestCaseError::fail("it does not hold")) }
    });
    match failed {
        Err(TestError::Fail(_, value)) => format!("{value:?}"),
        other => panic!("it should fail: {other:?}"),
    }
}

#[test]
fn what_fails_is_shrunk_to_code_that_can_be_pasted() {
    let longest = |backoff: &persevere::AnyBackoff| {
        persevere::Schedule::of(backoff, 0).delays().iter().take(12).max().copied().unwrap_or_default()
    };
    let human = strategies::backoff(Domain::Human, 2);
    assert_eq!(shrunk(&human, |_| false), "constant(Duration::from_millis(1))");
    let text = shrunk(&human, |backoff| longest(backoff) < Duration::from_secs(3));
    assert!(!text.contains("nanos") && text.len() < 60, "{text}");
    let text = shrunk(&any::<Exponential>(), |backoff| {
        backoff.decide(&persevere::Failure::new(persevere::Attempt::new(3), 0)).delay()
            < Some(Duration::from_millis(40))
    });
    assert!(text.contains("Exponential"), "{text}");
}

#[test]
fn durations_are_a_few_of_some_unit() {
    let of = |domain, holds: fn(&Duration) -> bool| shrunk(&strategies::duration(domain), holds);
    assert_eq!(of(Domain::Human, |_| false), "1ms");
    assert_eq!(of(Domain::Human, |duration| *duration < Duration::from_secs(4)), "4s");
    assert_eq!(of(Domain::Full, |duration| *duration != Duration::MAX), format!("{:?}", Duration::MAX));
    assert_eq!(of(Domain::Full, |duration| !duration.is_zero()), "0ns");
}
