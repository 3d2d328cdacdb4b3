//! What is judged how: by the policy, by the call, and by both.

use std::cell::Cell;
use std::future::ready;

use persevere::{BackoffExt, Hint, Kind, Policy, Verdict, classify_fn, constant, retry};

use crate::support::{Flaky, ms, paused};

#[test]
fn a_rejected_error_is_not_retried() {
    paused(async {
        let op = Flaky::default();
        let policy = Policy::new(constant(ms(1)).attempts(9)).when(|number: &u32| *number < 3);
        assert_eq!(retry(&policy, || op.call(9)).await, Err(3));
        let op = Flaky::default();
        assert_eq!(retry(&policy, || op.call(9)).when(|number| *number < 2).await, Err(2));
    });
}

#[test]
fn until_retries_values_and_leaves_errors_to_the_policy() {
    paused(async {
        let policy = Policy::new(constant(ms(1)).attempts(9)).when(|number: &u32| *number < 2);
        let op = Flaky::default();
        assert_eq!(retry(&policy, || op.call(1)).until(|number| *number == 4).await, Ok(4));
        let op = Flaky::default();
        assert_eq!(retry(&policy, || op.call(2)).until(|number| *number == 4).await, Err(2));
        let op = Flaky::default();
        let patient = policy.until(|number: &u32| *number == 3);
        assert_eq!(retry(&patient, || op.call(0)).await, Ok(3));
        // In whichever order, and wherever, the two are said.
        let op = Flaky::default();
        assert_eq!(retry(&patient, || op.call(2)).when(|_| true).await, Ok(3));
        let op = Flaky::default();
        let call = retry(&policy, || op.call(2)).until(|number| *number == 5).when(|_| true);
        assert_eq!(call.await, Ok(5));
        let op = Flaky::default();
        let call = retry(&policy, || op.call(2)).when(|_| true).until(|number| *number == 5);
        assert_eq!(call.await, Ok(5));
    });
}

#[test]
fn when_leaves_kind_and_hint_to_the_classifier_of_the_policy() {
    let judge = |outcome: &Result<(), u32>| match outcome {
        Err(1) => Verdict::retry_as(Kind::Throttled).with_hint(Hint::AtLeast(ms(2_000))),
        Err(2) => Verdict::Reject,
        other => Verdict::accept_if(other.is_ok()),
    };
    let backoff = constant(ms(1)).by_kind(Kind::Throttled, constant(ms(500))).attempts(2);
    let policy = Policy::new(backoff).classify(classify_fn(judge));
    for (error, slept) in [(1, Some(2_000)), (2, Some(1)), (3, Some(1)), (4, None)] {
        let report = paused(retry(&policy, || ready(Err(error))).when(|error| *error < 4).report());
        assert_eq!(
            (report.attempts, report.slept),
            (if slept.is_some() { 2 } else { 1 }, ms(slept.unwrap_or(0)))
        );
    }
}

#[test]
fn any_type_of_outcome_can_be_classified() {
    paused(async {
        let calls = Cell::new(0);
        let outcome: Option<u8> = retry(constant(ms(1)).attempts(5), || {
            calls.set(calls.get() + 1);
            ready((calls.get() == 3).then_some(3))
        })
        .classify(|outcome| if outcome.is_some() { Verdict::Accept } else { Verdict::retry() })
        .await;
        assert_eq!(outcome, Some(3));
    });
}
