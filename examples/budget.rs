//! A server that is down, with and without a budget: `cargo run --example budget`.

use std::cell::Cell;
use std::time::Duration;

use persevere::testing::VirtualTime;
use persevere::{
    BackoffExt, Budget, Policy, RatioBudget, Reason, Retry, TokenBudget, Unlimited, exponential,
};

/// A thousand calls of a server that fails for all of them: what it gets, and how many calls a budget has ended.
fn outage<G: Budget>(budget: G) -> (u32, u32) {
    let backoff = exponential(Duration::from_millis(100)).capped(Duration::from_secs(10)).full_jitter();
    let policy = Policy::new(backoff.attempts(4)).budget(budget);
    let (attempts, mut refused) = (Cell::new(0_u32), 0_u32);
    let time = VirtualTime::new();
    for _ in 0..1_000 {
        let down = || {
            attempts.set(attempts.get().saturating_add(1));
            async { Err::<(), _>("down") }
        };
        let report = time.run(Retry::new(&policy, down, time.clone()).report());
        if report.reason == Reason::Budget {
            refused = refused.saturating_add(1);
        }
    }
    (attempts.get(), refused)
}

fn main() {
    println!("1,000 calls, up to 4 attempts each:");
    for (name, (attempts, refused)) in [
        ("no budget", outage(Unlimited)),
        ("TokenBudget::default()", outage(TokenBudget::default())),
        ("RatioBudget::default()", outage(RatioBudget::default())),
    ] {
        println!("{name:>24}: {attempts:>5} attempts, {refused:>4} calls ended by the budget");
    }

    // A clone shares its budget: what one policy has used up, the other one does not have.
    let budget = TokenBudget::default();
    let before = budget.available();
    let _ = outage(budget.clone());
    println!("in stock: {before} before, {} after", budget.available());
}
