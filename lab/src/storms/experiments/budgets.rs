//! A part of all attempts fails, whatever the load: what budgets make of that.
//!
//! The model of M. Brooker's article "Fixing retries with token buckets and circuit breakers" (2022) and its simulator,
//! `mbrooker/simulator_example`: 100 clients with 10 calls a second each, 10 ms each way on average, no backoff.

use std::cell::Cell;
use std::time::Duration;

use persevere::{AnyBackoff, Budget, Kind, RatioBudget, Stamp, Unlimited, constant};

use super::{at_once, never};
use crate::simulation::engine::{simulate, unwatched};
use crate::simulation::load::{Load, Rate};
use crate::simulation::parallel::parallel;
use crate::simulation::scenario::Scenario;
use crate::simulation::series::Second;
use crate::simulation::server::Flaky;
use crate::storms::claim::{Claim, Tolerance};

/// The parts of the attempts that fail.
pub const FAILURES: [f64; 7] = [0.01, 0.05, 0.10, 0.20, 0.30, 0.50, 0.75];

/// The policies, in the order of the tables.
pub const KINDS: [&str; 4] = ["no retry", "3 retries", "budget 10 %", "breaker 10 %"];

/// So much of a retry for each call.
const RATIO: f64 = 0.1;

/// A circuit breaker that has no way back: no retry as long as more failures than so many of the calls were seen. A budget
/// of one's own is a type with one method.
#[derive(Debug, Default)]
struct Breaker {
    calls: Cell<f64>,
    failures: Cell<f64>,
}

impl Budget for Breaker {
    type Permit = ();

    fn begin(&self, _: Stamp) {
        self.calls.set(self.calls.get() + 1.0);
    }

    fn withdraw(&self, _: Kind, _: Stamp) -> Option<()> {
        self.failures.set(self.failures.get() + 1.0);
        (self.failures.get() <= RATIO * self.calls.get()).then_some(())
    }
}

/// What a policy makes of a part of failures.
#[derive(Clone, Copy, Debug)]
pub struct Cells {
    /// The part of the attempts that fail.
    pub failures: f64,
    /// One for each policy.
    pub totals: [Second; 4],
}

const CLIENTS: u32 = 100;

/// All policies with so many failures, over so many seconds: a thousand calls each.
#[must_use]
pub fn cells(failures: f64, seconds: u64, seed: u64) -> Cells {
    let scenario = Scenario {
        clients: CLIENTS,
        load: Load::Open(Rate::Steady(1_000.0)),
        timeout: Duration::MAX,
        network: 0.010,
        lasts: Duration::from_secs(seconds),
        drains: true,
    };
    let total = |backoff: &AnyBackoff, budgets: &dyn Budgets| budgets.run(&scenario, failures, backoff, seed);
    let ratio: Vec<_> = (0..CLIENTS).map(|_| RatioBudget::new(RATIO, 0).expect("valid")).collect();
    let breakers: Vec<_> = (0..CLIENTS).map(|_| Breaker::default()).collect();
    let totals = [
        total(&never(), &[Unlimited].as_slice()),
        total(&at_once(3), &[Unlimited].as_slice()),
        total(&AnyBackoff::new(constant(Duration::ZERO)), &ratio.as_slice()),
        total(&at_once(3), &breakers.as_slice()),
    ];
    Cells { failures, totals }
}

/// Budgets of any type.
trait Budgets {
    fn run(&self, scenario: &Scenario, failures: f64, backoff: &AnyBackoff, seed: u64) -> Second;
}

impl<G: Budget> Budgets for &[G] {
    fn run(&self, scenario: &Scenario, failures: f64, backoff: &AnyBackoff, seed: u64) -> Second {
        simulate(scenario, Flaky { failures }, backoff, self, seed, &mut unwatched).total()
    }
}

/// All parts of failures, over so many seconds.
#[must_use]
pub fn rows(seconds: u64, seed: u64) -> Vec<Cells> {
    let number = u32::try_from(FAILURES.len()).expect("a few");
    parallel("budgets", number, |index| cells(FAILURES[index as usize], seconds, seed))
}

/// The part of the calls that succeed, and the attempts for each call, with 3 retries: 1 − p⁴ and 1 + p + p² + p³.
#[must_use]
pub fn three_retries(p: f64) -> (f64, f64) {
    (1.0 - p.powi(4), 1.0 + p + p.powi(2) + p.powi(3))
}

/// The same with a budget of so much of a retry for each call, when that is not enough for all: (1 + r) · (1 − p) and 1 + r; and
/// what the stock adds when there are so many calls.
#[must_use]
pub fn budgeted(p: f64, calls: u32) -> (f64, f64) {
    let retries = RATIO + f64::from(CLIENTS * 10) / f64::from(calls);
    ((1.0 + retries) * (1.0 - p), 1.0 + retries)
}

/// What the rows should show: the closed forms, to 0.6 points of success and 1.6 of load, which is 3.8 standard deviations or
/// more with 100,000 calls.
#[must_use]
pub fn claims(rows: &[Cells]) -> Vec<Claim> {
    let mut claims = Vec::new();
    for Cells { failures: p, totals } in rows {
        let [none, three, budget, _] = totals;
        let mut near = |kind: &str, (success, load): (f64, f64), ours: &Second| {
            let what = |of| format!("{:.0} % fail, {kind}: {of}", p * 100.0);
            let near = |of, target: f64, ours: f64, most| {
                Claim::near(what(of), target * 100.0, ours * 100.0, Tolerance::Absolute(most), 2)
            };
            claims.push(near("% success", success, ours.success(), 0.6));
            claims.push(near("% load", load, ours.amplification(), 1.6));
        };
        near(KINDS[0], (1.0 - p, 1.0), none);
        near(KINDS[1], three_retries(*p), three);
        if *p >= 0.2 {
            near(KINDS[2], budgeted(*p, budget.calls), budget);
        }
        let most = f64::from(budget.calls) * RATIO + f64::from(CLIENTS * 10);
        let retries = budget.attempts - budget.calls;
        claims.push(Claim::that(
            format!("{:.0} % fail, {}: retries", p * 100.0, KINDS[2]),
            format!("<= {most:.0}"),
            retries,
            f64::from(retries) <= most,
        ));
    }
    claims
}
