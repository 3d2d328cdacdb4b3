//! A server that has half of its capacity for ten seconds: which policies bring the system back, and which keep it down for
//! ever.

mod way;

use std::ops::ControlFlow;
use std::time::Duration;

use persevere::AnyBudget;

use crate::simulation::engine::simulate;
use crate::simulation::load::{Load, Rate};
use crate::simulation::parallel::bar;
use crate::simulation::scenario::Scenario;
use crate::simulation::series::Series;
use crate::simulation::server::{Fifo, Trigger};
use crate::simulation::time::timed;
use crate::storms::claim::{Claim, Tolerance};

pub use self::way::{Fate, Way, ways};

/// How large the system is, and how long it is looked at.
#[derive(Clone, Copy, Debug)]
pub struct Size {
    /// Clients; the server can do a tenth as many attempts a second.
    pub clients: u32,
    /// Calls that begin, as a part of the attempts that the server can do.
    pub load: f64,
    /// Seconds.
    pub seconds: u32,
    /// The seed of all runs.
    pub seed: u64,
}

impl Size {
    /// Attempts a second.
    #[must_use]
    pub fn capacity(&self) -> f64 {
        f64::from(self.clients) / 10.0
    }

    /// Calls a second.
    #[must_use]
    pub fn rate(&self) -> f64 {
        self.capacity() * self.load
    }
}

/// Half of the capacity, for ten seconds.
pub const OUTAGE: Trigger = Trigger { from: 20.0, to: 30.0, left: 0.5 };

/// How long callers wait for an attempt.
const PATIENCE: Duration = Duration::from_secs(1);

/// What became of a system.
#[derive(Clone, Debug)]
pub struct Run {
    /// The policy, and the server that it is for.
    pub way: Way,
    /// What happened in each second.
    pub series: Series,
    /// Calls that succeed in the last ten seconds, for each that begins.
    pub late_success: f64,
    /// Attempts for each call then.
    pub late_attempts: f64,
    /// Seconds from the end of the outage until 95 % of the calls succeed for five seconds.
    pub recovered: Option<usize>,
    /// What should become of an open system of this size.
    pub fate: Fate,
    /// The most attempts in a second, for each call that begins in one.
    pub peak: f64,
    /// Seconds that the simulation took.
    pub took: f64,
}

impl Run {
    /// What has become of the system in its last ten seconds: it may also limp.
    #[must_use]
    pub fn end(&self) -> &'static str {
        match (self.recovered, self.late_success) {
            (Some(_), 0.95..) => "recovers",
            (_, ..0.05) => "stays down",
            _ => "limps",
        }
    }

    /// Its fate, if there was time for it.
    fn target(&self, size: &Size) -> Option<Fate> {
        let is_over = match self.fate {
            Fate::Recovers(after) => after < 0.8 * (f64::from(size.seconds) - OUTAGE.to),
            Fate::StaysDown | Fate::Unclear => true,
        };
        (is_over && size.seconds >= LONG_ENOUGH).then_some(self.fate)
    }
}

/// All ways, in an open or in a closed system.
#[must_use]
pub fn runs(size: &Size, is_open: bool) -> Vec<Run> {
    ways().into_iter().map(|way| run(size, way, is_open)).collect()
}

fn run(size: &Size, way: Way, is_open: bool) -> Run {
    let rate = size.rate();
    let load = if is_open { Load::Open(Rate::Steady(rate)) } else { Load::Closed(rate) };
    let scenario = Scenario { timeout: PATIENCE, ..Scenario::new(size.clients, load, size.seconds.into()) };
    let mut server = Fifo::new(size.capacity(), OUTAGE);
    (server.longest, server.expires) = (way.longest_queue, way.expires);
    let number = if way.of_each { size.clients } else { 1 };
    let budgets: Vec<_> = (0..number).map(|_| fresh(&way.budget)).collect();
    let bar = bar(way.name, size.seconds);
    let mut watch = |series: &Series| {
        bar.set_position(series.seconds.len() as u64);
        ControlFlow::Continue(())
    };
    let (series, took) = timed(|| simulate(&scenario, server, &way.backoff, &budgets, size.seed, &mut watch));
    bar.finish_and_clear();
    judged(size, way, series, took)
}

fn judged(size: &Size, way: Way, series: Series, took: f64) -> Run {
    let last = series.seconds.len();
    let late = series.sum(last.saturating_sub(10), last);
    Run {
        late_success: late.success(),
        late_attempts: late.amplification(),
        recovered: series.recovers_after(OUTAGE.over(), 0.95, size.rate()),
        fate: way.fate(size),
        peak: f64::from(series.peak()) / size.rate(),
        took,
        way,
        series,
    }
}

/// Another budget with the same rules and a stock of its own.
fn fresh(budget: &AnyBudget) -> AnyBudget {
    match budget {
        AnyBudget::Ratio(ratio) => AnyBudget::Ratio(ratio.filled_as(ratio)),
        AnyBudget::Tokens(tokens) => AnyBudget::Tokens(tokens.filled_as(tokens)),
        _ => AnyBudget::Unlimited,
    }
}

/// Seconds after which a system that is still down counts as lost.
pub const LONG_ENOUGH: u32 = 1_000;

/// What the runs of open systems should show: who gets over the outage, and when. Runs that are not [long enough](LONG_ENOUGH)
/// show nothing.
#[must_use]
pub fn claims(runs: &[Run], size: &Size) -> Vec<Claim> {
    let claim = |run: &Run| {
        let name = format!("outage, {}", run.way.name);
        match run.target(size) {
            Some(Fate::Recovers(after)) => {
                let recovers = Claim::equal(name, "recovers", run.end());
                std::iter::once(recovers).chain(soon(size, run, after)).collect()
            }
            Some(Fate::StaysDown) => vec![Claim::equal(name, "stays down", run.end())],
            Some(Fate::Unclear) | None => Vec::new(),
        }
    };
    runs.iter().flat_map(claim).collect()
}

/// That a system recovers about when it should: to a fifth of the time and five seconds. With little to spare, luck decides.
fn soon(size: &Size, run: &Run, after: f64) -> Option<Claim> {
    let has_luck = run.way.spare(size) < 0.08 || size.capacity() < 500.0;
    let seconds = f64::from(u32::try_from(run.recovered?).ok()?);
    let what = format!("outage, {}: seconds until then", run.way.name);
    let tolerance = Tolerance::Absolute((after * 0.2).max(5.0).round());
    (!has_luck).then(|| Claim::near(what, after, seconds, tolerance, 0))
}

/// What those of closed systems should show: whoever gets over the outage in an open one does here, where callers that wait do not
/// call again.
#[must_use]
pub fn closed_claims(runs: &[Run], size: &Size) -> Vec<Claim> {
    let recovers = |run: &&Run| matches!(run.target(size), Some(Fate::Recovers(_)));
    let claim = |run: &Run| Claim::equal(format!("closed system, {}", run.way.name), "recovers", run.end());
    runs.iter().filter(recovers).map(claim).collect()
}
