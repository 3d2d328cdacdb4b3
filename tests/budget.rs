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
fn each_kind_of_failure_may_have_a_cost_of_its_own() {
    let budget = TokenBudget::new(1, 0.0).and_then(|budget| budget.cost(Kind::Throttled, 0.25));
    let budget = budget.expect("within bounds");
    assert!(budget.withdraw(Kind::Throttled, NOW).map(Permit::spend).is_some());
    assert!((budget.available() - 0.75).abs() < 1e-9);
    assert!(budget.withdraw(Kind::Transient, NOW).is_none(), "a whole token is no longer there");
    assert_eq!((0..9).filter_map(|_| budget.withdraw(Kind::Throttled, NOW)).map(Permit::spend).count(), 3);
}

#[test]
fn every_kind_costs_what_was_said_and_comes_back_as_such() {
    fn costs<B: Budget>(budget: &B, available: impl Fn(&B) -> f64) -> [f64; 3] {
        [Kind::Transient, Kind::Throttled, Kind::NotSent].map(|kind| {
            let before = available(budget);
            let permit = budget.withdraw(kind, NOW).expect("in stock");
            let cost = before - available(budget);
            drop(permit);
            assert!((available(budget) - before).abs() < 1e-9, "{kind:?} comes back");
            (cost * 1_000.0).round() / 1_000.0
        })
    }
    let kinds = [(Kind::Throttled, 0.25), (Kind::NotSent, 0.0), (Kind::Transient, 3.0)];
    let tokens =
        kinds.iter().try_fold(TokenBudget::default(), |budget, &(kind, cost)| budget.cost(kind, cost));
    let ratio =
        kinds.iter().try_fold(RatioBudget::default(), |budget, &(kind, cost)| budget.cost(kind, cost));
    let expected = [3.0, 0.25, 0.0].map(f64::to_bits);
    assert_eq!(costs(&tokens.unwrap(), TokenBudget::available).map(f64::to_bits), expected);
    assert_eq!(costs(&ratio.unwrap(), RatioBudget::available).map(f64::to_bits), expected);
}

#[test]
fn a_budget_that_is_loaded_anew_is_as_full_as_the_old_one() {
    // Q14: to a thousandth, whatever the sizes; and the stocks are apart from then on.
    for (old, spent, new, expected) in
        [(10, 3, 10, 7.0), (10, 3, 1_000, 700.0), (3, 1, 10, 6.666), (7, 7, 5, 0.0)]
    {
        let old = TokenBudget::new(old, 0.0).unwrap();
        (0..spent).filter_map(|_| old.withdraw(Kind::Transient, NOW)).for_each(Permit::spend);
        let new = TokenBudget::new(new, 0.5).unwrap().filled_as(&old);
        assert!((new.available() - expected).abs() < 1e-9, "{} instead of {expected}", new.available());
        let before = old.available();
        new.succeed();
        assert!((old.available() - before).abs() < 1e-9);
    }
    let old = RatioBudget::new(0.0, 10).unwrap();
    (0..25).filter_map(|_| old.withdraw(Kind::Transient, NOW)).for_each(Permit::spend);
    let new = RatioBudget::new(0.5, 2).unwrap().filled_as(&old);
    assert_eq!((new.capacity(), new.available().to_bits()), (20, 15.0_f64.to_bits()));
    // The floor of the time in between is paid, to the new one as to the old one.
    let second = Stamp::default().after(std::time::Duration::from_secs(1));
    for budget in [&new, &old.filled_as(&old), &old.cost(Kind::Throttled, 0.5).unwrap()] {
        let before = budget.available();
        budget.begin(second);
        let paid = (budget.available() - before).round();
        assert!((paid - if budget.capacity() == 20 { 3.0 } else { 10.0 }).abs() < 1e-9, "{paid}");
    }
    let new = RatioBudget::new(0.5, 2).unwrap().filled_as(&old);
    // Other costs leave the stock as it is.
    let dearer = new.cost(Kind::Transient, 2.0).unwrap();
    assert_eq!(dearer.available().to_bits(), 15.0_f64.to_bits());
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
        (TokenBudget::new(0, 0.1).map(drop), "`capacity` is 0: must be a whole number from 1 to 1000000"),
        (
            TokenBudget::new(1_000_001, 0.1).map(drop),
            "`capacity` is 1000001: must be a whole number from 1 to 1000000",
        ),
        (TokenBudget::new(1, f64::NAN).map(drop), "`per_success` is NaN: must be between 0 and 1000 tokens"),
        (
            TokenBudget::default().cost(Kind::NotSent, -1.0).map(drop),
            "`cost.not_sent` is -1: must be between 0 and 10 tokens",
        ),
        (
            RatioBudget::default().cost(Kind::Throttled, f64::INFINITY).map(drop),
            "`cost.throttled` is inf: must be between 0 and 10 retries",
        ),
        (TokenBudget::new(1, -0.1).map(drop), "`per_success` is -0.1: must be between 0 and 1000 tokens"),
        (
            RatioBudget::new(f64::INFINITY, 1).map(drop),
            "`ratio` is inf: must be between 0 and 1000 retries for each",
        ),
        (
            RatioBudget::new(0.1, 100_001).map(drop),
            "`per_second` is 100001: must be a whole number from 0 to 100000",
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
