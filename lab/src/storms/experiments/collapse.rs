//! A server that gets slower the more it has to do, and a burst of calls: retries can keep it there when the burst is long over.
//!
//! The model of M. Brooker's `simple_collapse_sim` (`mbrooker/simulator_example`, 2023): an open system, 100 ms each way on
//! average, and callers who wait for three seconds. Three attempts for each call.

use std::time::Duration;

use super::tested::{Limit, Tested};
use super::{at_once, full_jitter, never};
use crate::simulation::engine::{simulate, unwatched};
use crate::simulation::load::{Load, Rate};
use crate::simulation::parallel::parallel;
use crate::simulation::scenario::Scenario;
use crate::simulation::series::Series;
use crate::simulation::server::Crowded;
use crate::storms::claim::{Claim, Tolerance};

/// A burst: how calls come, and the seconds in which it is looked at what has become of the system.
#[derive(Clone, Copy, Debug)]
pub struct Burst {
    /// Its name.
    pub name: &'static str,
    rate: Rate,
    /// Shortly after.
    late: [usize; 2],
    /// When a system that is alive is well again.
    later: [usize; 2],
}

/// 40 calls a second, and 80 for five seconds.
pub const SPIKE: Burst =
    Burst { name: "spike", rate: Rate::Spike(40.0, 80.0, [20.0, 25.0]), late: [70, 80], later: [70, 80] };

/// Up from 40 calls a second to 80, which is more than the server can do, and down to none.
pub const RAMP: Burst = Burst {
    name: "ramp",
    rate: Rate::Ramp { peak: 80.0, at: 25.0, slope: 1.6 },
    late: [35, 50],
    later: [50, 65],
};

/// A policy, and what should become of systems that have it.
#[derive(Debug)]
pub struct Way {
    /// The policy.
    pub policy: Tested,
    /// The part of the runs that should have collapsed, of a spike and of a ramp.
    collapsed: [f64; 2],
    /// Whether the system is well again after a ramp.
    is_well_later: bool,
}

/// The policies, in the order of the tables, with what 200 runs of the original have come to.
#[must_use]
pub fn ways() -> [Way; 5] {
    let seconds = Duration::from_secs_f64;
    let jitter = |base| full_jitter(seconds(base), Duration::MAX, 2);
    let way = |name, backoff, limit, collapsed, is_well_later| Way {
        policy: Tested::new(name, backoff, limit),
        collapsed,
        is_well_later,
    };
    [
        way("no retry", never(), Limit::Each(0), [0.0, 0.705], true),
        way("3 attempts", at_once(2), Limit::Each(2), [0.74, 1.0], false),
        way("3 attempts, full jitter 0.2 s", jitter(0.2), Limit::Each(2), [0.74, 1.0], false),
        way("3 attempts, full jitter 20 s", jitter(20.0), Limit::Each(2), [0.0, 1.0], false),
        way("3 attempts, budget 10 %", at_once(2), Limit::Ratio(0.1), [0.0, 1.0], true),
    ]
}

/// What one run has come to.
#[derive(Clone, Debug)]
pub struct Run {
    /// What happened in each second.
    pub series: Series,
    /// Calls that succeed, for each that begins, when the burst is over.
    pub late_success: f64,
    /// Attempts for each call then.
    pub late_attempts: f64,
    /// Calls that succeed, for each that begins, when a system that is alive is well again.
    pub later_success: f64,
}

impl Run {
    /// Whether most calls fail when the burst is over.
    #[must_use]
    pub fn has_collapsed(&self) -> bool {
        self.late_success < 0.5
    }
}

/// One run.
#[must_use]
pub fn run(burst: &Burst, way: &Way, seed: u64) -> Run {
    let scenario = Scenario {
        clients: 1,
        load: Load::Open(burst.rate),
        timeout: Duration::from_secs(3),
        network: 0.1,
        lasts: Duration::from_secs(80),
        drains: false,
    };
    let policy = &way.policy;
    let (server, budget) = (Crowded::default(), policy.budget());
    let series = simulate(&scenario, server, &policy.backoff, &[budget], seed, &mut unwatched);
    let [late, later] = [burst.late, burst.later].map(|[from, to]| series.sum(from, to));
    let (late_success, late_attempts) = (late.success(), late.amplification());
    Run { late_success, late_attempts, later_success: later.success(), series }
}

/// What many runs have come to.
#[derive(Clone, Debug)]
pub struct Row {
    /// The burst.
    pub burst: &'static str,
    /// The policy.
    pub way: &'static str,
    /// Runs in which most calls fail when the burst is over.
    pub collapsed: usize,
    /// All runs.
    pub runs: usize,
    /// Calls that succeed when the burst is over, for each that begins, on average.
    pub late_success: f64,
    /// Attempts for each call then, on average.
    pub late_attempts: f64,
    /// Calls that succeed when a system that is alive is well again, for each that begins, on average.
    pub later_success: f64,
    /// The part of the runs that should have collapsed.
    expected: f64,
    /// Whether the system should be well again later, where that is clear.
    is_well_later: Option<bool>,
    /// Calls that succeed each second, on average.
    pub goodput: Vec<f64>,
}

/// Both bursts with each policy, so many runs each.
#[must_use]
pub fn rows(runs: u32, seed: u64) -> Vec<Row> {
    let mut rows = Vec::new();
    for burst in [SPIKE, RAMP] {
        for way in ways() {
            let name = format!("{}, {}", burst.name, way.policy.name);
            rows.push(row(
                &burst,
                &way,
                &parallel(&name, runs, |index| run(&burst, &way, seed.wrapping_add(index.into()))),
            ));
        }
    }
    rows
}

fn row(burst: &Burst, way: &Way, runs: &[Run]) -> Row {
    let number = runs.iter().map(|_| 1.0).sum::<f64>();
    let mean = |of: &dyn Fn(&Run) -> f64| runs.iter().map(of).sum::<f64>() / number;
    let goodput = (0..80).map(|second| mean(&|run| f64::from(run.series.sum(second, second + 1).successes)));
    Row {
        burst: burst.name,
        way: way.policy.name,
        collapsed: runs.iter().filter(|run| run.has_collapsed()).count(),
        runs: runs.len(),
        late_success: mean(&|run| run.late_success),
        late_attempts: mean(&|run| run.late_attempts),
        later_success: mean(&|run| run.later_success),
        expected: way.collapsed[usize::from(burst.name == RAMP.name)],
        is_well_later: (burst.name == RAMP.name).then_some(way.is_well_later),
        goodput: goodput.collect(),
    }
}

/// What the rows should show: shares of the runs to 0.10, which is 3.2 standard deviations for 200 runs; what is none or all in
/// the original, to a thousandth. And who is well again after the ramp.
#[must_use]
pub fn claims(rows: &[Row]) -> Vec<Claim> {
    let claim = |row: &Row| {
        let name = format!("{}, {}", row.burst, row.way);
        let count = |number: usize| f64::from(u32::try_from(number).expect("a few"));
        let share = count(row.collapsed) / count(row.runs);
        let is_clear = [0.0, 1.0].map(f64::to_bits).contains(&row.expected.to_bits());
        let tolerance = Tolerance::Absolute(if is_clear { 0.001 } else { 0.10 });
        let collapsed = Claim::near(format!("{name}: collapsed"), row.expected, share, tolerance, 2);
        let later = row.is_well_later.map(|is_well| {
            let (target, holds) =
                if is_well { ("> 0.9", row.later_success > 0.9) } else { ("< 0.1", row.later_success < 0.1) };
            Claim::that(format!("{name}: success later"), target, format!("{:.2}", row.later_success), holds)
        });
        std::iter::once(collapsed).chain(later)
    };
    rows.iter().flat_map(claim).collect()
}
