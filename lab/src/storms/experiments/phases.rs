//! For which loads and outages a system gets over it.

use std::time::Duration;

use super::tested::{Limit, Tested};
use super::{at_once, full_jitter};
use crate::simulation::engine::{simulate, unwatched};
use crate::simulation::load::{Load, Rate};
use crate::simulation::parallel::parallel;
use crate::simulation::scenario::Scenario;
use crate::simulation::server::{Fifo, Trigger};
use crate::storms::claim::Claim;

/// What becomes of a system.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Phase {
    /// It hardly notices: 95 % of the calls of the outage and of the time after it succeed.
    Stable,
    /// It gets over it.
    Recovers,
    /// It stays down, though the outage is over.
    StaysDown,
}

/// The policies, in the order of the pictures.
#[must_use]
pub fn policies() -> [Tested; 4] {
    let jitter = full_jitter(Duration::from_millis(100), Duration::from_secs(10), 3);
    [
        Tested::new("1 retry at once", at_once(1), Limit::Each(1)),
        Tested::new("3 retries at once", at_once(3), Limit::Each(3)),
        Tested::new("3 retries, full jitter 0.1 to 10 s", jitter.clone(), Limit::Each(3)),
        Tested::new("3 retries, full jitter, budget 10 %", jitter, Limit::Ratio(0.1)),
    ]
}

/// Attempts a second.
const CAPACITY: f64 = 200.0;

/// When the outage is over, in seconds, and when it is looked at for the last time.
const OVER: usize = 15;
const HORIZON: usize = 135;

/// A policy at a load, with an outage of ten seconds that leaves a part of the capacity.
#[must_use]
pub fn phase(policy: &Tested, load: f64, left: f64, seed: u64) -> Phase {
    let rate = load * CAPACITY;
    let scenario = Scenario::new(200, Load::Open(Rate::Steady(rate)), HORIZON as u64);
    let server = Fifo::new(CAPACITY, Trigger { from: 5.0, to: 15.0, left });
    let series = simulate(&scenario, server, &policy.backoff, &[policy.budget()], seed, &mut unwatched);
    if series.sum(5, HORIZON).success() >= 0.95 && series.sum(5, OVER + 5).success() >= 0.95 {
        return Phase::Stable;
    }
    let lives = series.sum(HORIZON - 15, HORIZON - 2).success() >= 0.9;
    if lives { Phase::Recovers } else { Phase::StaysDown }
}

/// A map: for each load (columns) and each part of the capacity that is lost (rows), what becomes of the system.
#[derive(Clone, Debug)]
pub struct Map {
    /// The policy.
    pub policy: Tested,
    /// By the part that is lost, and then by the load; both from 0 up.
    pub phases: Vec<Vec<Phase>>,
}

/// What the maps should show: well below the threshold nothing stays down, and well above it everything does that an outage of
/// more than the system can spare has hit. Near the line, two minutes are too short to tell.
#[must_use]
pub fn claims(maps: &[Map]) -> Vec<Claim> {
    let claims = maps.iter().flat_map(|map| {
        let threshold = map.policy.threshold();
        let below = map.count(|load, _, phase| load < 0.85 * threshold && phase == Phase::StaysDown);
        let above = map.count(|load, lost, phase| {
            load > 1.1 * threshold && lost > 1.1 - load && load < 0.95 && phase == Phase::Recovers
        });
        let what = |side| format!("{}: {side} the threshold of {threshold:.3}", map.policy.name);
        [
            Claim::equal(what("stay down, though well below"), 0, below),
            Claim::equal(what("recover, though well above"), 0, above),
        ]
    });
    claims.collect()
}

impl Map {
    /// Cells of which this is true, by their load, the part of the capacity that is lost, and what becomes of them.
    fn count(&self, is_one: impl Fn(f64, f64, Phase) -> bool) -> usize {
        let place = |index: usize, of: usize| {
            middle(u32::try_from(index).expect("a few"), u32::try_from(of).expect("a few"))
        };
        let rows = self.phases.iter().enumerate();
        let cells = rows.flat_map(|(row, phases)| {
            let lost = place(row, self.phases.len());
            phases.iter().enumerate().map(move |(column, phase)| (place(column, phases.len()), lost, *phase))
        });
        cells.filter(|(load, lost, phase)| is_one(*load, *lost, *phase)).count()
    }
}

/// The middle of one of so many equal parts of the way from 0 to 1.
fn middle(index: u32, of: u32) -> f64 {
    (f64::from(index) + 0.5) / f64::from(of)
}

/// So many steps of the load and of the outage for each policy.
#[must_use]
pub fn maps(columns: u32, rows: u32, seed: u64) -> Vec<Map> {
    let map = |policy: Tested| {
        let phase_at = |index: u32| {
            let (row, column) = (index / columns, index % columns);
            phase(&policy, middle(column, columns), 1.0 - middle(row, rows), seed.wrapping_add(index.into()))
        };
        let all = parallel(policy.name, columns * rows, phase_at);
        let phases = all.chunks(columns as usize).map(<[_]>::to_vec).collect();
        Map { policy, phases }
    };
    policies().into_iter().map(map).collect()
}
