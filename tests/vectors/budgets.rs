//! Budgets, as in other systems.

use persevere::{Budget, Kind, Permit, RatioBudget, Stamp, TokenBudget};

#[test]
fn budgets_hold_what_those_of_other_systems_hold() {
    let now = Stamp::default();
    // B-02 (gRPC): the same stock after each step; ours grants while a whole token is left, gRPC while more than
    // half of the stock is.
    let budget = TokenBudget::new(4, 1.6).expect("within bounds");
    let stock = [3.0, 4.0, 3.0, 2.0, 1.0, 0.0, 0.0, 1.6, 3.2, 2.2, 1.2, 2.8, 1.8, 3.4, 2.4];
    for (step, expected) in "FSFFFFFSSFFSFSF".chars().zip(stock) {
        if step == 'S' {
            budget.succeed();
        } else if let Some(permit) = budget.withdraw(Kind::Transient, now) {
            permit.spend();
        }
        assert!(
            (budget.available() - expected).abs() < 1e-9,
            "{step}: {} and not {expected}",
            budget.available()
        );
    }
    // B-04 (Finagle): 10,000 calls that all want a retry get the ratio of them, ± 1.
    for ratio in [0.1, 0.5, 0.25, 0.75, 0.99, 0.999, 0.9999, 0.01, 0.001, 0.0001] {
        let budget = RatioBudget::new(ratio, 0).expect("within bounds");
        let withdraw = || budget.withdraw(Kind::Transient, now).map(Permit::spend).is_some();
        while withdraw() {}
        let mut granted = 0.0;
        for _ in 0..10_000 {
            budget.begin(now);
            granted += f64::from(u8::from(withdraw()));
        }
        assert!((granted - (10_000.0 * ratio).trunc()).abs() <= 1.0, "{ratio}: {granted}");
    }
    // B-08 (Finagle): full at 100; ours holds no more than that, theirs 101 after five calls.
    let budget = RatioBudget::new(0.2, 10).expect("Finagle's default");
    (0..5).for_each(|_| budget.begin(now));
    assert!((budget.available() - 100.0).abs() < 1e-9);
}

#[test]
fn quotas_of_aws_are_budgets_with_costs() {
    // Theirs gives back to a success what its retry has cost; with one cost, that is what a success earns.
    let now = Stamp::default();
    let (transient, throttled) = (Kind::Transient, Kind::Throttled);
    for (id, capacity, cost, ops, expected) in [
        ("B-09", 500, 5.0, "RRS", vec![495.0, 490.0, 495.0]),
        ("B-10", 500, 5.0, "RRRR", vec![495.0, 490.0, 485.0, 480.0]),
        ("B-11", 100, 10.0, "RRS", vec![90.0, 80.0, 90.0]),
        ("B-14", 20, 14.0, "RR", vec![6.0, 6.0]),
        ("B-18", 14, 14.0, "RR", vec![0.0, 0.0]),
    ] {
        let budget =
            TokenBudget::new(capacity, cost).and_then(|budget| budget.cost(transient, cost)).unwrap();
        for (op, expected) in ops.chars().zip(expected) {
            if op == 'S' {
                budget.succeed();
            } else if let Some(permit) = budget.withdraw(transient, now) {
                permit.spend();
            }
            assert!((budget.available() - expected).abs() < 1e-9, "{id}: {}", budget.available());
        }
    }
    // B-16: a throttled call costs less than a transient failure.
    let costs = |budget: TokenBudget| budget.cost(transient, 14.0)?.cost(throttled, 5.0);
    let budget = TokenBudget::new(500, 5.0).and_then(costs).unwrap();
    budget.withdraw(throttled, now).expect("in stock").spend();
    assert!((budget.available() - 495.0).abs() < 1e-9);
    budget.succeed();
    assert!((budget.available() - 500.0).abs() < 1e-9);
}
