//! The same system twice: by the simulation, and by the library's executor in virtual time.

use std::time::Duration;

use persevere::{AnyBackoff, AnyBudget, Parts, Policy, RatioBudget};

use super::{at_once, full_jitter};
use crate::simulation::engine::{simulate, unwatched};
use crate::simulation::executor::through_the_executor;
use crate::simulation::load::{Load, Rate};
use crate::simulation::scenario::Scenario;
use crate::simulation::series::Second;
use crate::simulation::server::{Fifo, Trigger};
use crate::storms::claim::Claim;

/// One policy, by either.
#[derive(Clone, Debug)]
pub struct Row {
    /// Its name.
    pub name: &'static str,
    /// What the simulation makes of it.
    pub simulated: Second,
    /// What the executor makes of it.
    pub executed: Second,
}

/// Some policies: 80 calls a second for a minute, of which a server for 100 has a fifth for five seconds.
#[must_use]
pub fn rows(seed: u64) -> Vec<Row> {
    let jitter = || full_jitter(Duration::from_millis(100), Duration::from_secs(10), 3);
    let (default, none) = (Policy::default(), || AnyBudget::Unlimited);
    let default_budget = || AnyBudget::from(Parts::budget(&Policy::default()).clone());
    vec![
        row("3 retries at once", &at_once(3), none, seed),
        row("full jitter 0.1 to 10 s", &jitter(), none, seed),
        row("full jitter, RatioBudget::default()", &jitter(), || RatioBudget::default().into(), seed),
        row("Policy::default()", &AnyBackoff::new(*default.backoff()), default_budget, seed),
    ]
}

fn row(name: &'static str, backoff: &AnyBackoff, budget: impl Fn() -> AnyBudget, seed: u64) -> Row {
    let scenario = Scenario { drains: true, ..Scenario::new(100, Load::Open(Rate::Steady(80.0)), 60) };
    let server = || Fifo::new(100.0, Trigger { from: 5.0, to: 10.0, left: 0.2 });
    Row {
        name,
        simulated: simulate(&scenario, server(), backoff, &[budget()], seed, &mut unwatched).total(),
        executed: through_the_executor(&scenario, server(), backoff, &budget(), seed),
    }
}

/// What the rows should show: as many attempts and successes.
#[must_use]
pub fn claims(rows: &[Row]) -> Vec<Claim> {
    let counts = |Row { name, simulated, executed }: &Row| {
        [
            Claim::equal(format!("{name}: attempts of the executor"), simulated.attempts, executed.attempts),
            Claim::equal(format!("{name}: its successes"), simulated.successes, executed.successes),
        ]
    };
    rows.iter().flat_map(counts).collect()
}
