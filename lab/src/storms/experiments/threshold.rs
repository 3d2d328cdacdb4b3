//! The load up to which a system gets over an outage: with so many retries for each call at the most, it is 1 / (1 + r) of the
//! capacity.
//!
//! While the queue is longer than callers wait, every attempt fails, and each call makes all the retries that it may. The queue gets
//! shorter only if the server can do more than that: if ρ · (1 + r) < 1.

use std::ops::ControlFlow;

use super::at_once;
use super::tested::{Limit, Tested};
use crate::simulation::engine::simulate;
use crate::simulation::load::{Load, Rate};
use crate::simulation::parallel::parallel;
use crate::simulation::scenario::Scenario;
use crate::simulation::series::Series;
use crate::simulation::server::{Fifo, Trigger};
use crate::storms::claim::Claim;

/// The policies.
#[must_use]
pub fn policies() -> [Tested; 5] {
    let retries = |name, limit| Tested::new(name, at_once(3), limit);
    [
        Tested::new("1 retry at once", at_once(1), Limit::Each(1)),
        retries("3 retries at once", Limit::Each(3)),
        retries("3 retries at once, budget 10 %", Limit::Ratio(0.1)),
        retries("3 retries at once, budget 20 %", Limit::Ratio(0.2)),
        retries("3 retries at once, TokenBudget::default()", Limit::Tokens),
    ]
}

/// Attempts a second.
const CAPACITY: f64 = 1_000.0;

/// For ten seconds, a tenth of it.
const OUTAGE: Trigger = Trigger { from: 20.0, to: 30.0, left: 0.1 };

/// Seconds after which it counts as lost.
const HORIZON: u64 = 900;

/// Seconds after the outage until 95 % of the calls succeed; `None` when they do not within so many seconds from the beginning.
#[must_use]
pub fn recovers_after(policy: &Tested, load: f64, within: u64, seed: u64) -> Option<usize> {
    let rate = load * CAPACITY;
    let scenario = Scenario::new(1_000, Load::Open(Rate::Steady(rate)), within);
    let mut watch = |series: &Series| {
        // The last second is not over yet.
        let last = series.seconds.len().saturating_sub(6).max(OUTAGE.over());
        let recent = series.recovers_after(last, 0.95, rate);
        if recent.is_some() { ControlFlow::Break(()) } else { ControlFlow::Continue(()) }
    };
    let server = Fifo::new(CAPACITY, OUTAGE);
    let series = simulate(&scenario, server, &policy.backoff, &[policy.budget()], seed, &mut watch);
    series.recovers_after(OUTAGE.over(), 0.95, rate)
}

/// A policy at a load.
#[derive(Clone, Debug)]
pub struct Row {
    /// The policy.
    pub policy: Tested,
    /// The load, as a part of the threshold.
    pub part: f64,
    /// Seconds until each run got over the outage, if it did.
    pub recovered: Vec<Option<usize>>,
}

/// A twentieth below and above the threshold, so many runs each.
#[must_use]
pub fn rows(runs: u32, seed: u64) -> Vec<Row> {
    let mut rows = Vec::new();
    for policy in policies() {
        for part in [0.95, 1.05] {
            let load = part * policy.threshold();
            let name = format!("{} at {:.0} % of the capacity", policy.name, load * 100.0);
            let recovered = parallel(&name, runs, |index| {
                recovers_after(&policy, load, HORIZON, seed.wrapping_add(index.into()))
            });
            rows.push(Row { policy: policy.clone(), part, recovered });
        }
    }
    rows
}

/// What the rows should show: below the threshold all runs recover, above it none does.
#[must_use]
pub fn claims(rows: &[Row]) -> Vec<Claim> {
    let claim = |Row { policy, part, recovered }: &Row| {
        let all = recovered.len();
        let what = format!("{}, {part} of the threshold {:.3}: recover", policy.name, policy.threshold());
        let target = if *part < 1.0 { all } else { 0 };
        Claim::equal(what, target, recovered.iter().flatten().count())
    };
    rows.iter().map(claim).collect()
}
