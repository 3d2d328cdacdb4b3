//! The executor against the model of its rules, for scripts of any outcomes and times; and dropped at every wait.

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::pin::pin;
use std::task::{Context, Poll, Waker};
use std::time::Duration;

use persevere::testing::{Course, Model, Script, VirtualTime, cancel_everywhere};
use persevere::{
    BackoffExt, Hint, Policy, Retry, TokenBudget, Verdict, classify_fn, constant, exponential, sequence,
};
use proptest::prelude::*;

use crate::support::ms;

/// One attempt of a script: how long it takes and how it ends.
type Attempt = (Duration, Result<u8, u8>);

/// No time, a nanosecond, and ordinary times.
fn time() -> impl Strategy<Value = Duration> {
    prop_oneof![Just(Duration::ZERO), Just(Duration::from_nanos(1)), (0_u64..200).prop_map(ms)]
}

/// No limit, or one that some scripts reach.
fn limit() -> impl Strategy<Value = Duration> {
    prop_oneof![Just(Duration::MAX), time(), (200_u64..1_000).prop_map(ms)]
}

/// An error says what its classifier shall say: an odd one is final, and some have hints.
#[expect(clippy::trivially_copy_pass_by_ref, reason = "as a classifier is called")]
fn judge(outcome: &Result<u8, u8>) -> Verdict {
    match *outcome {
        Ok(_) => Verdict::Accept,
        Err(error) if error % 2 == 1 => Verdict::Reject,
        Err(error) => match error {
            200..210 => Verdict::retry().with_hint(Hint::AtLeast(ms(error.into()) / 4)),
            210..220 => Verdict::retry().with_hint(Hint::Exactly(ms(error.into()) / 10)),
            220..230 => Verdict::retry().with_hint(Hint::AtLeast(ms(error.into()))),
            230..240 => Verdict::retry().with_hint(Hint::Never),
            _ => Verdict::retry(),
        },
    }
}

fn attempt() -> impl Strategy<Value = Attempt> {
    let outcome = prop_oneof![
        6 => (0_u8..100).prop_map(|error| Err(error * 2)),
        2 => (100_u8..110).prop_map(|error| Err(error * 2)),
        1 => (110_u8..120).prop_map(|error| Err(error * 2)),
        1 => Just(Err(1)),
        1 => any::<u8>().prop_map(Ok),
    ];
    (time(), outcome)
}

/// Failing cases are kept beside this file, to be committed.
pub(crate) fn config() -> ProptestConfig {
    let default = ProptestConfig::default();
    let beside = proptest::test_runner::FileFailurePersistence::WithSource("proptest-regressions");
    ProptestConfig { failure_persistence: Some(Box::new(beside)), cases: default.cases.max(1024), ..default }
}

proptest! {
    #![proptest_config(config())]

    #[test]
    fn a_call_does_what_the_model_does(
        script in prop::collection::vec(attempt(), 12),
        delays in prop::collection::vec(time(), 0..9),
        attempts in 1_u32..9,
        (within, total_sleep) in (limit(), limit()),
        reset_after in prop_oneof![3 => Just(Duration::MAX), 1 => (150_u64..200).prop_map(ms)],
    ) {
        // E1–E5, E8, E9, E18: exact to the nanosecond, polled only when woken.
        let mut script = script;
        script.extend([(ms(0), Ok(0))]);
        let model = Model::new(delays.clone()).attempts(attempts).within(within).total_sleep(total_sleep);
        let expected = model.reset_after(reset_after).max_hint(ms(100)).course(&script, judge);
        let time = VirtualTime::new();
        let script = Script::of(&time, script.clone());
        let policy = Policy::new(sequence(delays).attempts(attempts).within(within).reset_after(reset_after));
        let policy = policy.classify(classify_fn(judge)).max_hint(ms(100));
        let call = Retry::new(&policy, script.operation(), time.clone()).total_sleep(total_sleep);
        let report = time.run(call.report());
        prop_assert_eq!(report.attempts as usize, expected.starts.len());
        prop_assert_eq!(report.slept, expected.sleeps.iter().sum::<Duration>());
        prop_assert_eq!(report.elapsed, expected.elapsed);
        let (outcome, reason) = (report.outcome, report.reason);
        let found = Course::new(outcome, script.starts(), time.sleeps(), time.elapsed(), reason);
        prop_assert_eq!(found, expected);
        prop_assert_eq!((script.alive(), time.armed()), (0, 0));
    }

    #[test]
    fn a_call_dropped_at_any_wait_leaves_nothing_and_spends_only_what_has_started(
        script in prop::collection::vec(attempt(), 8),
        delays in prop::collection::vec(time(), 0..6),
    ) {
        // C1–C4: the budget as the model says at each point.
        let mut script = script;
        script.extend([(ms(0), Ok(0))]);
        let (mut scripts, mut budgets) = (Vec::new(), Vec::new());
        let waits = cancel_everywhere(
            |time| {
                let budget = TokenBudget::new(9, 0.0).expect("within bounds");
                let policy = Policy::new(sequence(delays.clone())).classify(classify_fn(judge)).budget(budget.clone());
                let script = Script::of(&time, script.clone());
                let call = Retry::new(policy, script.operation(), time);
                scripts.push(script);
                budgets.push(budget);
                call
            },
            |_, _| {},
        );
        prop_assert_eq!(scripts.len(), waits + 1);
        for (script, budget) in scripts.iter().zip(budgets) {
            prop_assert_eq!(script.alive(), 0);
            let spent = script.starts().len().saturating_sub(1);
            prop_assert_eq!(budget.available().to_bits(), f64::from(9 - u8::try_from(spent).unwrap()).to_bits());
        }
    }
}

#[test]
fn a_call_dropped_at_any_wait_leaves_nothing_and_gives_back_its_permit() {
    // C1, C2, C4: three failures that take a while, then a success; the budget as the model says at each point.
    let stocks = [4.0, 3.0, 3.0, 2.0, 2.0, 1.0, 1.0];
    for point in 0..=stocks.len() {
        let (time, budget) = (VirtualTime::new(), TokenBudget::new(4, 0.0).expect("within bounds"));
        let script = Script::new(&time);
        let script =
            (0..3).fold(script, |script, _| script.takes(ms(10)).fails("busy")).takes(ms(10)).succeeds(7);
        let policy = Policy::new(exponential(ms(100)).attempts(9)).budget(budget.clone());
        let mut context = Context::from_waker(Waker::noop());
        let mut ended = false;
        {
            let mut call = pin!(Retry::new(&policy, script.operation(), time.clone()));
            for step in 0..=point {
                let stock = stocks.get(step).copied().unwrap_or(1.0);
                if call.as_mut().poll(&mut context).is_ready() {
                    ended = true;
                    break;
                }
                assert!((budget.available() - stock).abs() < 1e-9, "at wait {step}: {}", budget.available());
                assert_eq!(time.armed(), 1, "an attempt or a sleep, never both");
                if step < point {
                    assert!(time.step());
                }
            }
        }
        assert_eq!(ended, point == stocks.len(), "seven waits");
        assert_eq!((script.alive(), time.armed()), (0, 0), "dropped at wait {point}");
        // The permit of a sleep comes back, that of a started attempt does not.
        let spent = f64::from(u32::try_from(script.starts().len() - 1).unwrap());
        assert!((budget.available() - (4.0 - spent)).abs() < 1e-9, "dropped at wait {point}");
    }
}

#[test]
fn a_panic_of_an_attempt_comes_out_and_leaves_nothing() {
    // E13
    let (time, budget) = (VirtualTime::new(), TokenBudget::new(4, 0.0).expect("within bounds"));
    let script = Script::<u8, &str>::new(&time).fails("busy").takes(ms(5)).panics("boom");
    let policy = Policy::new(constant(ms(1)).attempts(9)).budget(budget.clone());
    let call = Retry::new(&policy, script.operation(), time.clone());
    let panicked = catch_unwind(AssertUnwindSafe(|| time.run(call)));
    assert_eq!(panicked.unwrap_err().downcast_ref::<String>().map(String::as_str), Some("boom"));
    assert_eq!((script.alive(), time.armed()), (0, 0));
    assert!((budget.available() - 3.0).abs() < 1e-9, "the attempt had started");
}

#[test]
fn an_attempt_that_hangs_is_cut_by_its_time_limit_in_virtual_time() {
    let time = VirtualTime::new();
    let script = Script::<u8, std::io::ErrorKind>::new(&time).hangs();
    let mut operation = script.operation();
    let call = Retry::new(
        constant(ms(1)).attempts(1),
        || {
            let attempt = operation();
            async { attempt.await.map_err(std::io::Error::from) }
        },
        time.clone(),
    );
    let error = time.run(call.attempt_timeout(ms(250))).unwrap_err();
    assert_eq!((error.kind(), time.elapsed()), (std::io::ErrorKind::TimedOut, ms(250)));
}

#[test]
#[should_panic(expected = "the future waits, and there is no sleep that could end")]
fn a_future_that_waits_for_ever_is_reported() {
    VirtualTime::new().run(std::future::pending::<()>());
}

#[test]
fn spurious_polls_change_nothing() {
    // E14
    let time = VirtualTime::new();
    let script = Script::new(&time).takes(ms(10)).fails(0_u8).takes(ms(10)).succeeds(1_u8);
    let mut call = pin!(Retry::new(constant(ms(100)).attempts(3), script.operation(), time.clone()));
    let mut context = Context::from_waker(Waker::noop());
    let outcome = loop {
        let polled = (0..5).map(|_| call.as_mut().poll(&mut context)).find(Poll::is_ready);
        if let Some(Poll::Ready(outcome)) = polled {
            break outcome;
        }
        assert!(time.step());
    };
    assert_eq!((outcome, time.sleeps(), time.elapsed()), (Ok(1), vec![ms(100)], ms(120)));
}

#[test]
#[should_panic(expected = "sleeps are armed although the future is gone, at point 1")]
fn a_sleep_that_outlives_its_future_is_reported() {
    let leak = std::cell::RefCell::new(None);
    cancel_everywhere(
        |time| {
            let leak = &leak;
            async move {
                persevere::Timer::sleep(&time, ms(1)).await;
                let sleep = persevere::Timer::sleep(&time, ms(1));
                leak.replace(Some(Box::pin(sleep)));
                persevere::Timer::sleep(&time, ms(1)).await;
            }
        },
        |_, _| {},
    );
}

#[test]
#[should_panic(expected = "the call goes on after its 1 attempts")]
fn a_script_that_is_too_short_for_its_model_is_reported() {
    Model::new(vec![ms(1); 9]).course(&[(ms(0), Err(0))], judge);
}

#[test]
fn what_is_left_is_told_at_every_point_and_at_the_end() {
    let told = std::cell::RefCell::new(Vec::new());
    let waits = cancel_everywhere(
        |time| async move {
            persevere::Timer::sleep(&time, ms(3)).await;
            persevere::Timer::sleep(&time, ms(4)).await;
        },
        |point, time| told.borrow_mut().push((point, time.elapsed())),
    );
    assert_eq!((waits, told.into_inner()), (2, vec![(0, ms(0)), (1, ms(3)), (2, ms(7))]));
}
