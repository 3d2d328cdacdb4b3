//! The load up to which a system gets over an outage: with so many retries for each call at the most, it is 1 / (1 + r) of the
//! capacity.
//!
//! While the queue is longer than callers wait, every attempt fails, and each call makes all the retries that it may. The queue gets
//! shorter only if the server can do more than that: if ρ · (1 + r) < 1.

use std::ops::ControlFlow;
use std::time::Duration;

use persevere::{AnyBackoff, AnyBudget, RatioBudget, TokenBudget};

use super::at_once;
use crate::claim::Claim;
use crate::engine::simulate;
use crate::load::{Load, Rate};
use crate::parallel::parallel;
use crate::scenario::Scenario;
use crate::server::{Fifo, Trigger};

/// A policy, and the retries for each call that it makes when all fail.
#[derive(Clone, Copy, Debug)]
pub struct Kind {
    /// Its name.
    pub name: &'static str,
    retries: u32,
    budget: Limit,
}

/// What limits all calls together.
#[derive(Clone, Copy, Debug)]
enum Limit {
    Nothing,
    /// So much of a retry for each call.
    Ratio(f64),
    /// The default [`TokenBudget`]: nothing is earned while nothing succeeds.
    Tokens,
}

/// The policies.
pub const KINDS: [Kind; 5] = [
    Kind { name: "1 retry at once", retries: 1, budget: Limit::Nothing },
    Kind { name: "3 retries at once", retries: 3, budget: Limit::Nothing },
    Kind { name: "3 retries at once, budget 10 %", retries: 3, budget: Limit::Ratio(0.1) },
    Kind { name: "3 retries at once, budget 20 %", retries: 3, budget: Limit::Ratio(0.2) },
    Kind { name: "3 retries at once, TokenBudget::default()", retries: 3, budget: Limit::Tokens },
];

impl Kind {
    /// The part of the capacity up to which the system gets over an outage.
    #[must_use]
    pub fn threshold(&self) -> f64 {
        let retries = match self.budget {
            Limit::Nothing => f64::from(self.retries),
            Limit::Ratio(ratio) => ratio,
            Limit::Tokens => 0.0,
        };
        1.0 / (1.0 + retries)
    }

    fn backoff(&self) -> AnyBackoff {
        at_once(self.retries)
    }

    fn budget(&self) -> AnyBudget {
        match self.budget {
            Limit::Nothing => AnyBudget::Unlimited,
            Limit::Ratio(ratio) => RatioBudget::new(ratio, 0).expect("a valid budget").into(),
            Limit::Tokens => TokenBudget::default().into(),
        }
    }
}

/// Attempts a second.
const CAPACITY: f64 = 1_000.0;

/// For ten seconds, a tenth of it.
const OUTAGE: Trigger = Trigger { from: 20.0, to: 30.0, left: 0.1 };

/// Seconds after which it counts as lost.
const HORIZON: u64 = 900;

/// Seconds after the outage until 95 % of the calls succeed; `None` when they do not within so many seconds from the beginning.
#[must_use]
pub fn recovers_after(kind: &Kind, load: f64, within: u64, seed: u64) -> Option<usize> {
    let rate = load * CAPACITY;
    let scenario = Scenario {
        clients: 1_000,
        load: Load::Open(Rate::Steady(rate)),
        timeout: Duration::from_secs(1),
        network: 0.0,
        lasts: Duration::from_secs(within),
        drains: false,
    };
    let recovered = |series: &crate::series::Series| series.recovers_after(30, 0.95, rate);
    let mut watch = |series: &crate::series::Series| {
        // The last second is not over yet.
        let last = series.seconds.len().saturating_sub(6).max(30);
        let recent = series.recovers_after(last, 0.95, rate);
        if recent.is_some() { ControlFlow::Break(()) } else { ControlFlow::Continue(()) }
    };
    let server = Fifo::new(CAPACITY, OUTAGE);
    recovered(&simulate(&scenario, server, &kind.backoff(), &[kind.budget()], seed, &mut watch))
}

/// A policy at a load.
#[derive(Clone, Debug)]
pub struct Row {
    /// The policy.
    pub kind: Kind,
    /// The load, as a part of the threshold.
    pub part: f64,
    /// Seconds until each run got over the outage, if it did.
    pub recovered: Vec<Option<usize>>,
}

/// A twentieth below and above the threshold, so many runs each.
#[must_use]
pub fn rows(runs: u32, seed: u64) -> Vec<Row> {
    let mut rows = Vec::new();
    for kind in KINDS {
        for part in [0.95, 1.05] {
            let load = part * kind.threshold();
            let name = format!("{} at {:.0} % of the capacity", kind.name, load * 100.0);
            let recovered = parallel(&name, runs, |index| {
                recovers_after(&kind, load, HORIZON, seed.wrapping_add(index.into()))
            });
            rows.push(Row { kind, part, recovered });
        }
    }
    rows
}

/// What the rows should show: below the threshold all runs recover, above it none does.
#[must_use]
pub fn claims(rows: &[Row]) -> Vec<Claim> {
    let claim = |Row { kind, part, recovered }: &Row| {
        let all = recovered.len();
        let what = format!("{}, {part} of the threshold {:.3}: recover", kind.name, kind.threshold());
        let target = if *part < 1.0 { all } else { 0 };
        Claim::equal(what, target, recovered.iter().flatten().count())
    };
    rows.iter().map(claim).collect()
}
