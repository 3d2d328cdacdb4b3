//! A budget whose kind is known at run time does what that of its kind does.

use std::time::Duration;

use persevere::{AnyBudget, Budget, Clock, Kind, Permit, RatioBudget, Stamp, TokenBudget, Unlimited};

/// What is left after each of these: a call, a success, a retry that is made, and one that is abandoned.
fn story<G: Budget>(budget: &G, available: impl Fn(&G) -> f64) -> Vec<f64> {
    let mut left = vec![available(budget)];
    for second in 0..20 {
        let now = Stamp::default().after(Duration::from_secs(second));
        budget.begin(now);
        left.push(available(budget));
        budget.succeed();
        left.push(available(budget));
        for spent in [true, true, false] {
            let Some(permit) = budget.withdraw(Kind::Transient, now) else { continue };
            left.push(available(budget));
            if spent {
                permit.spend();
            } else {
                drop(permit);
            }
            left.push(available(budget));
        }
    }
    left
}

#[test]
fn either_kind_earns_spends_and_gives_back_as_by_itself() {
    let tokens = || TokenBudget::new(7, 0.5).unwrap();
    let expected = story(&tokens(), TokenBudget::available);
    assert!(expected.contains(&7.0) && expected.contains(&0.5), "it is full and it is used up: {expected:?}");
    assert_eq!(story(&AnyBudget::from(tokens()), |budget| budget.available().unwrap()), expected);

    let ratio = || RatioBudget::new(0.25, 1).unwrap();
    let expected = story(&ratio(), RatioBudget::available);
    assert!(expected.contains(&10.0) && expected.contains(&0.25), "{expected:?}");
    assert_eq!(story(&AnyBudget::from(ratio()), |budget| budget.available().unwrap()), expected);
}

#[test]
fn either_kind_says_what_it_grants_and_whether_it_needs_the_time() {
    let (calls, minute) = (1_000, Duration::from_secs(60));
    let (tokens, ratio) = (TokenBudget::default(), RatioBudget::default());
    for (budget, most, clock) in [
        (AnyBudget::from(Unlimited), None, Clock::Unused),
        (tokens.clone().into(), tokens.most_retries(calls, minute), Clock::Unused),
        (ratio.clone().into(), ratio.most_retries(calls, minute), Clock::Read),
    ] {
        assert_eq!((budget.most_retries(calls, minute), budget.clock()), (most, clock), "{budget}");
        assert_eq!(budget.capacity(), most.map(|_| 10));
    }
    assert_eq!(tokens.most_retries(calls, minute), Some(10));
    assert!(ratio.most_retries(calls, minute) > Some(100));
}

#[test]
fn a_stock_is_filled_as_that_of_its_kind_and_left_by_another() {
    let now = Stamp::default();
    let emptied = |budget: AnyBudget| {
        while let Some(permit) = budget.withdraw(Kind::Transient, now) {
            permit.spend();
        }
        budget
    };
    let tokens = || AnyBudget::from(TokenBudget::default());
    let ratio = || AnyBudget::from(RatioBudget::default());
    let left = |budget: &AnyBudget| budget.available();
    assert_eq!(left(&tokens().filled_as(&emptied(tokens()))), Some(0.0));
    assert_eq!(left(&ratio().filled_as(&emptied(ratio()))), Some(0.0));
    assert_eq!(left(&ratio().filled_as(&emptied(tokens()))), Some(10.0));
    assert_eq!(left(&tokens().filled_as(&AnyBudget::Unlimited)), Some(10.0));
    assert_eq!(left(&AnyBudget::Unlimited.filled_as(&emptied(tokens()))), None);
}
