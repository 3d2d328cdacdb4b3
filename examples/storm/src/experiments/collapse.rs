//! A server that gets slower the more it has to do, and a burst of calls: retries can keep it there when the burst is long over.
//!
//! The model of M. Brooker's `simple_collapse_sim` (`mbrooker/simulator_example`, 2023): an open system, 100 ms each way on
//! average, and callers who wait for three seconds. Three attempts for each call.

use std::time::Duration;

use persevere::{AnyBackoff, AnyBudget, BackoffExt, RatioBudget, exponential};

use super::{at_once, full_jitter, never};
use crate::claim::{Claim, Tolerance};
use crate::engine::{simulate, unwatched};
use crate::load::{Load, Rate};
use crate::parallel::parallel;
use crate::scenario::Scenario;
use crate::series::Series;
use crate::server::Crowded;

/// A burst: how calls come, and the seconds in which a system that is alive has got over it.
#[derive(Clone, Copy, Debug)]
pub struct Burst {
    /// Its name.
    pub name: &'static str,
    rate: Rate,
    late: [usize; 2],
}

/// 40 calls a second, and 80 for five seconds.
pub const SPIKE: Burst = Burst { name: "spike", rate: Rate::Spike(40.0, 80.0, [20.0, 25.0]), late: [70, 80] };

/// Up from 40 calls a second to 80, which is more than the server can do, and down to none.
pub const RAMP: Burst =
    Burst { name: "ramp", rate: Rate::Ramp { peak: 80.0, at: 25.0, slope: 1.6 }, late: [35, 50] };

/// A way to retry.
#[derive(Debug)]
pub struct Way {
    /// Its name.
    pub name: &'static str,
    backoff: AnyBackoff,
    budget: Option<f64>,
}

/// The ways to retry, in the order of the tables.
#[must_use]
pub fn ways() -> [Way; 5] {
    let seconds = Duration::from_secs_f64;
    let way = |name, backoff, budget| Way { name, backoff, budget };
    [
        way("no retry", never(), None),
        way("3 attempts", at_once(2), None),
        way("3 attempts, full jitter 0.2 s", full_jitter(seconds(0.2), Duration::MAX, 2), None),
        way(
            "3 attempts, full jitter 20 s",
            AnyBackoff::new(exponential(seconds(20.0)).full_jitter().attempts(3)),
            None,
        ),
        way("3 attempts, budget 10 %", at_once(2), Some(0.1)),
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
    let budget = way.budget.map_or(AnyBudget::Unlimited, |ratio| {
        AnyBudget::from(RatioBudget::new(ratio, 0).expect("a valid budget"))
    });
    let series = simulate(&scenario, Crowded::default(), &way.backoff, &[budget], seed, &mut unwatched);
    let late = series.sum(burst.late[0], burst.late[1]);
    Run { late_success: late.success(), late_attempts: late.amplification(), series }
}

/// What many runs have come to.
#[derive(Clone, Debug)]
pub struct Row {
    /// The burst.
    pub burst: &'static str,
    /// The way to retry.
    pub way: &'static str,
    /// Runs in which most calls fail when the burst is over.
    pub collapsed: usize,
    /// All runs.
    pub runs: usize,
    /// Calls that succeed when the burst is over, for each that begins, on average.
    pub late_success: f64,
    /// Attempts for each call then, on average.
    pub late_attempts: f64,
    /// Calls that succeed each second, on average.
    pub goodput: Vec<f64>,
}

/// Both bursts with each way to retry, so many runs each.
#[must_use]
pub fn rows(runs: u32, seed: u64) -> Vec<Row> {
    let mut rows = Vec::new();
    for burst in [SPIKE, RAMP] {
        for way in ways() {
            let name = format!("{}, {}", burst.name, way.name);
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
        way: way.name,
        collapsed: runs.iter().filter(|run| run.has_collapsed()).count(),
        runs: runs.len(),
        late_success: mean(&|run| run.late_success),
        late_attempts: mean(&|run| run.late_attempts),
        goodput: goodput.collect(),
    }
}

/// What the rows should show, from 200 runs of the original: a share of 0.74 to 0.10, which is 3.2 standard deviations for 200
/// runs; what is none or all there is none or all here.
#[must_use]
pub fn claims(rows: &[Row]) -> Vec<Claim> {
    let mut claims = Vec::new();
    for row in rows {
        let what = format!("{}, {}: collapsed", row.burst, row.way);
        let runs = f64::from(u32::try_from(row.runs).expect("a few"));
        let share = f64::from(u32::try_from(row.collapsed).expect("a few")) / runs;
        let near = |target| Claim::near(what.clone(), target, share, Tolerance::Absolute(0.10), 2);
        claims.push(match (row.burst, row.way) {
            ("spike", "3 attempts" | "3 attempts, full jitter 0.2 s") => near(0.74),
            ("spike", _) => Claim::equal(what, 0, row.collapsed),
            ("ramp", "no retry") => near(0.705),
            _ => Claim::equal(what, row.runs, row.collapsed),
        });
    }
    claims
}
