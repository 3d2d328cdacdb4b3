//! The same system through the executor: the futures of [`persevere::Retry`] on virtual time.

use std::cell::RefCell;
use std::time::Duration;

use futures::future::join_all;
use persevere::testing::VirtualTime;
use persevere::{AnyBackoff, AnyBudget, Policy, Retry};

use crate::simulation::caller::seed_of;
use crate::simulation::dice::Dice;
use crate::simulation::load::{Load, Rate};
use crate::simulation::scenario::Scenario;
use crate::simulation::series::Second;
use crate::simulation::server::{Answer, Server};
use crate::simulation::time::{Nanos, nanos, of, seconds};

/// Calls, attempts, successes and failures of an open system without a network, in which each call is a future that the executor
/// runs: what [`simulate`](crate::simulation::simulate) makes of it for the same seed, when it drains.
///
/// # Panics
///
/// When the system is closed.
#[must_use]
pub fn through_the_executor(
    scenario: &Scenario,
    server: impl Server,
    backoff: &AnyBackoff,
    budget: &AnyBudget,
    seed: u64,
) -> Second {
    let Load::Open(rate) = scenario.load else { panic!("the system is closed") };
    let (time, total) = (VirtualTime::new(), RefCell::new(Second::default()));
    let (server, chance) = (RefCell::new(server), RefCell::new(Dice::seeded(!seed)));
    let policy = Policy::new(backoff.clone()).budget(budget.clone());
    let timeout = of(scenario.timeout);
    let attempt = || async {
        total.borrow_mut().attempts += 1;
        let now = of(time.elapsed());
        let Answer { at, is_good } = server.borrow_mut().serve(now, &mut chance.borrow_mut());
        let (at, is_good) = if at - now <= timeout { (at, is_good) } else { (now + timeout, false) };
        time.pass(Duration::from_nanos(at - now)).await;
        if is_good { Ok(()) } else { Err(()) }
    };
    let call = async |began: Nanos, number: u32| {
        time.pass(Duration::from_nanos(began)).await;
        total.borrow_mut().calls += 1;
        let outcome = Retry::new(&policy, attempt, time.clone()).seed(seed_of(number, seed)).await;
        let mut total = total.borrow_mut();
        if outcome.is_ok() { total.successes += 1 } else { total.failures += 1 }
    };
    let calls =
        arrivals(scenario, rate, seed).into_iter().zip(0..).map(|(began, number)| call(began, number));
    time.run(join_all(calls));
    total.into_inner()
}

/// When calls begin: as in the other simulation, where each arrival throws for its client too.
fn arrivals(scenario: &Scenario, rate: Rate, seed: u64) -> Vec<Nanos> {
    let (mut dice, mut now, mut arrivals) = (Dice::seeded(seed), 0, Vec::new());
    while let Some(gap) = rate.gap(seconds(now), &mut dice) {
        now += nanos(gap);
        if now >= of(scenario.lasts) {
            break;
        }
        arrivals.push(now);
        dice.below(scenario.clients);
    }
    arrivals
}
