//! Models of the budgets for `loom`, which tries every interleaving: `RUSTFLAGS="--cfg loom" cargo test --lib`.

use loom::thread;

use super::{Budget, Permit, RatioBudget, TokenBudget};
use crate::clock::Stamp;
use crate::verdict::Kind;

const NOW: Stamp = Stamp::from_nanos(0);

/// Whether one retry is granted; it is spent.
fn spend(budget: &impl Budget) -> u32 {
    budget.withdraw(Kind::Transient, NOW).map_or(0, |permit| {
        permit.spend();
        1
    })
}

#[test]
fn two_threads_never_get_more_tokens_than_there_are() {
    loom::model(|| {
        let budget = TokenBudget::new(2, 1.0).expect("within bounds");
        let other = budget.clone();
        let thread = thread::spawn(move || spend(&other) + spend(&other));
        let here = spend(&budget) + spend(&budget);
        let there = thread.join().expect("no panic");
        assert_eq!(here + there, 2, "no more and no less");
        assert!(budget.available() < 1e-9);
    });
}

#[test]
fn a_success_and_a_permit_that_comes_back_are_both_counted() {
    loom::model(|| {
        let budget = TokenBudget::new(3, 1.0).expect("within bounds");
        let permit = budget.withdraw(Kind::Transient, NOW);
        assert_eq!(spend(&budget), 1);
        let other = budget.clone();
        let thread = thread::spawn(move || other.succeed());
        drop(permit);
        thread.join().expect("no panic");
        assert!((budget.available() - 3.0).abs() < 1e-9);
    });
}

#[test]
fn a_call_that_begins_and_a_retry_do_not_lose_each_other() {
    loom::model(|| {
        let budget = RatioBudget::new(1.0, 0).expect("within bounds");
        while spend(&budget) == 1 {}
        let other = budget.clone();
        let thread = thread::spawn(move || {
            other.begin(NOW);
            spend(&other)
        });
        let here = spend(&budget);
        let there = thread.join().expect("no panic");
        let left = budget.available();
        assert!((f64::from(here + there) + left - 1.0).abs() < 1e-9, "{here} and {there}, {left} left");
    });
}
