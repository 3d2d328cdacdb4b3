//! Budgets: what a fleet of calls may retry, and what comes back.

use std::future::{Future, ready};
use std::task::{Context, Waker};
use std::time::Duration;

use persevere::{
    BackoffExt, Budget, Kind, Permit, Policy, RatioBudget, Reason, Retry, Stamp, TokenBudget, Verdict,
    classify_fn, constant, retry,
};

use crate::support::{Flaky, ms, paused};

const NOW: Stamp = Stamp::from_nanos(0);

#[test]
fn an_exhausted_budget_stops_the_retry_and_nothing_else() {
    paused(async {
        let budget = TokenBudget::new(2, 0.5).expect("within bounds");
        let policy = Policy::new(constant(ms(1)).attempts(9)).budget(budget.clone());
        let op = Flaky::default();
        let report = retry(&policy, || op.call(99)).report().await;
        assert_eq!((report.outcome, report.reason), (Err(3), Reason::Budget));
        assert_eq!(op.calls.get(), 3, "two retries");
        // First attempts are not the budget's business, and successes earn.
        let op = Flaky::default();
        for number in 1..=2 {
            assert_eq!(retry(&policy, || op.call(0)).await, Ok(number));
        }
        assert!((budget.available() - 1.0).abs() < 1e-9);
        let op = Flaky::default();
        assert_eq!(retry(&policy, || op.call(1)).await, Ok(2));
        assert!((budget.available() - 0.5).abs() < 1e-9, "one spent, half of one earned");
    });
}

#[test]
fn an_ineligible_call_moves_no_budget() {
    // P32
    paused(async {
        let budget = TokenBudget::new(5, 0.1).expect("within bounds");
        let policy = Policy::new(constant(ms(1)).attempts(2)).budget(budget.clone());
        let op = Flaky::default();
        assert_eq!(retry(&policy, || op.call(99)).when(|_| false).await, Err(1));
        assert!((budget.available() - 5.0).abs() < 1e-9, "a rejected outcome");
        assert_eq!(retry(&policy, || op.call(99)).within(ms(1)).await, Err(2));
        assert!((budget.available() - 5.0).abs() < 1e-9, "a deadline is asked before the budget");
    });
}

#[test]
fn a_token_comes_back_when_the_call_is_dropped_before_its_attempt() {
    // Q9, C2: one retry has started and is spent, the next one is still asleep.
    let budget = TokenBudget::new(5, 0.1).expect("within bounds");
    let policy = Policy::new(constant(ms(1)).attempts(9)).budget(budget.clone());
    paused(async {
        let op = Flaky::default();
        let mut call = Box::pin(retry(&policy, || op.call(99)));
        let mut context = Context::from_waker(Waker::noop());
        assert!(call.as_mut().poll(&mut context).is_pending());
        assert!((budget.available() - 4.0).abs() < 1e-9, "withdrawn before the sleep");
        advance(ms(2)).await;
        assert!(call.as_mut().poll(&mut context).is_pending());
        assert_eq!(op.calls.get(), 2);
        assert!((budget.available() - 3.0).abs() < 1e-9);
        drop(call);
        assert!((budget.available() - 4.0).abs() < 1e-9, "only the one that started is gone");
    });
}

async fn advance(time: Duration) {
    tokio::time::advance(time).await;
}

#[test]
fn a_token_comes_back_when_the_operation_cannot_run_again() {
    struct Once;
    impl persevere::Shape for Once {
        type Future = std::future::Ready<Result<(), ()>>;
    }
    impl persevere::Operation for Once {
        type Outcome = Result<(), ()>;
        fn start(&mut self, _: persevere::Attempt) -> Self::Future {
            ready(Err(()))
        }
        fn settle(&mut self, output: Self::Outcome) -> Self::Outcome {
            output
        }
        fn again(&mut self) -> Result<(), Reason> {
            Err(Reason::NotRepeatable)
        }
    }
    let budget = TokenBudget::default();
    let policy = Policy::new(constant(ms(1)).attempts(9)).budget(budget.clone());
    let report = paused(Retry::new(&policy, Once, persevere::Tokio).report());
    assert_eq!(report.reason, Reason::NotRepeatable);
    assert!((budget.available() - 10.0).abs() < 1e-9);
}

#[test]
fn throttled_calls_may_cost_less() {
    let budget =
        TokenBudget::new(1, 0.0).and_then(|budget| budget.throttled_cost(0.25)).expect("within bounds");
    assert!(budget.withdraw(Kind::Throttled, NOW).map(Permit::spend).is_some());
    assert!((budget.available() - 0.75).abs() < 1e-9);
    assert!(budget.withdraw(Kind::Transient, NOW).is_none(), "a whole token is no longer there");
    assert_eq!((0..9).filter_map(|_| budget.withdraw(Kind::Throttled, NOW)).map(Permit::spend).count(), 3);
}

#[test]
fn a_share_comes_back_when_it_is_not_spent() {
    let budget = RatioBudget::new(0.5, 1).expect("within bounds");
    let permits: Vec<_> = std::iter::from_fn(|| budget.withdraw(Kind::Transient, NOW)).collect();
    assert_eq!(permits.len(), 10);
    drop(permits);
    assert!((budget.available() - 10.0).abs() < 1e-9);
    assert_eq!((budget.capacity(), TokenBudget::default().capacity()), (10, 10));
}

#[test]
fn fractions_do_not_drift() {
    // K7: a million tenths are a hundred thousand.
    let budget = TokenBudget::new(TokenBudget::MAX_CAPACITY, 0.1).expect("within bounds");
    while budget.withdraw(Kind::Transient, NOW).map(Permit::spend).is_some() {}
    for _ in 0..1_000_000 {
        budget.succeed();
    }
    assert!((budget.available() - 100_000.0).abs() < 1e-9);
}

#[test]
fn settings_outside_their_bounds_are_refused() {
    for (error, expected) in [
        (TokenBudget::new(0, 0.1).map(drop), "`capacity` is 0: must be between 1 and 1000000 tokens"),
        (
            TokenBudget::new(1_000_001, 0.1).map(drop),
            "`capacity` is 1000001: must be between 1 and 1000000 tokens",
        ),
        (TokenBudget::new(1, f64::NAN).map(drop), "`per_success` is NaN: must be between 0 and 1000 tokens"),
        (TokenBudget::new(1, -0.1).map(drop), "`per_success` is -0.1: must be between 0 and 1000 tokens"),
        (
            RatioBudget::new(f64::INFINITY, 1).map(drop),
            "`ratio` is inf: must be between 0 and 1000 retries for each",
        ),
        (
            RatioBudget::new(0.1, 100_001).map(drop),
            "`per_second` is 100001: must be at most 100000 retries a second",
        ),
    ] {
        let error = error.expect_err("out of bounds").to_string();
        assert!(error.starts_with(expected), "{error}");
    }
}

#[test]
fn threads_never_get_more_than_there_is() {
    // K2, K3, Q8
    let (tokens, ratio) = (TokenBudget::new(100, 0.0).expect("ok"), RatioBudget::new(0.0, 10).expect("ok"));
    let granted: u32 = std::thread::scope(|scope| {
        let threads: Vec<_> = (0..4)
            .map(|_| {
                scope.spawn(|| {
                    let one = |_| {
                        let token = tokens.withdraw(Kind::Transient, NOW).map(Permit::spend).is_some();
                        let share = ratio.withdraw(Kind::Transient, NOW).map(Permit::spend).is_some();
                        drop(tokens.withdraw(Kind::Transient, NOW)); // comes back
                        u32::from(token) + u32::from(share)
                    };
                    (0..200).map(one).sum::<u32>()
                })
            })
            .collect();
        threads.into_iter().map(|thread| thread.join().expect("no panic")).sum()
    });
    // A permit on its way back may have been missed by another thread, never counted twice.
    assert!((190..=200).contains(&granted), "{granted}");
    assert_eq!(ratio.available().to_bits(), 0.0_f64.to_bits());
}

#[test]
fn two_policies_share_a_budget_by_its_clones() {
    // K9
    paused(async {
        let budget = TokenBudget::new(1, 0.0).expect("within bounds");
        let judge = |_: &Result<u32, u32>| Verdict::retry();
        let first = Policy::new(constant(ms(1)).attempts(9)).budget(budget.clone());
        let second = Policy::new(constant(ms(1)).attempts(9)).budget(budget).classify(classify_fn(judge));
        let op = Flaky::default();
        assert_eq!(retry(&first, || op.call(99)).await, Err(2));
        assert_eq!(retry(&second, || op.call(99)).await, Err(3), "nothing is left");
    });
}

#[test]
fn a_ratio_budget_lives_on_the_timer_of_its_calls() {
    paused(async {
        let budget = RatioBudget::new(0.0, 1).expect("within bounds");
        let policy = Policy::new(constant(ms(500)).attempts(100)).budget(budget.clone());
        let op = Flaky::default();
        let report = retry(&policy, || op.call(999)).report().await;
        // Ten in stock and half a retry earned during each sleep: the n-th retry leaves 10 − n/2.
        assert_eq!((report.reason, report.attempts), (Reason::Budget, 20));
    });
}
