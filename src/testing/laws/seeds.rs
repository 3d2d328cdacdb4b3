//! Laws about seeds: equal ones make equal delays, others make others.

use std::collections::HashSet;
use std::time::Duration;

use super::trials::{Step, Trials, places, steps, typical};
use crate::schedule::Draw;
use crate::testing::findings::{Finding, Law, Report};
use crate::testing::promises::{JitterLaw, nanos};
use crate::testing::runs::Run;

const REPEATABLE: Law = Law::new("S3", "equal seeds make equal delays");
const FRESH: Law = Law::new("S4", "other seeds make other delays");
const ALIVE: Law = Law::new("J10", "jitter is alive wherever a delay is long enough, at the cap too")
    .mostly("a delay that is cut off after the draw; draw it below `failure.cap()` instead");

/// Runs of which the delays are counted.
const COUNTED: usize = 64;

/// Runs with so many places for their delays, as a power of two, are never the same by chance.
const ROOM: f64 = 64.0;

pub(super) fn check(trials: &Trials<'_>, report: &mut Report) {
    if trials.subject.is_seeded() {
        let finding = repeats(trials);
        report.note(REPEATABLE, 1, finding);
    }
    let Some(spread) = trials.contract.spread() else { return };
    let runs: Vec<Run> =
        trials.runs.iter().filter(|run| matches!(run.draw, Draw::Seed(_))).cloned().collect();
    differ(trials, spread, &runs, report);
    for index in places(typical(&runs)) {
        is_alive(trials, spread, &runs, index, report);
    }
}

fn repeats(trials: &Trials<'_>) -> Option<Finding> {
    let differs = |run: &&Run| trials.subject.run(run.draw, trials.longest).delays != run.delays;
    let run = trials.runs.iter().find(differs)?;
    let what = "a second run has other delays than the first".to_owned();
    Some(Finding::new(REPEATABLE, what).after(trials.seed(run), &run.delays))
}

/// Runs in a row that have room to differ.
fn differ(trials: &Trials<'_>, spread: &JitterLaw, runs: &[Run], report: &mut Report) {
    let pairs = runs.windows(2).filter(|pair| room(trials, spread, &pair[0]) >= ROOM);
    let pairs: Vec<_> = pairs.collect();
    let same = pairs.iter().find(|pair| pair[0].delays == pair[1].delays);
    let finding = same.map(|pair| {
        let what = "two runs with different seeds have the same delays".to_owned();
        Finding::new(FRESH, what).after(trials.seed(&pair[0]), &pair[0].delays)
    });
    report.note(FRESH, pairs.len(), finding);
}

/// How many places the delays of a run have together, as a power of two.
fn room(trials: &Trials<'_>, spread: &JitterLaw, run: &Run) -> f64 {
    let width = |step: Step<'_>| {
        let drawn = trials.drawn(step, 0.0);
        // A law without a range of its own leaves the delay for it.
        let (low, high) = spread.range(drawn).unwrap_or((0.0, nanos(step.delay)));
        if spread.is_free(drawn) { (high - low).max(1.0).log2() } else { 0.0 }
    };
    steps(run).map(width).sum()
}

/// In 64 runs, a delay has at least half as many values as it is drawn.
fn is_alive(trials: &Trials<'_>, spread: &JitterLaw, runs: &[Run], index: usize, report: &mut Report) {
    let free = |run: &&Run| steps(run).nth(index).is_some_and(|step| spread.is_free(trials.drawn(step, 0.0)));
    let runs: Vec<&Run> = runs.iter().filter(free).take(COUNTED).collect();
    if runs.len() < COUNTED / 4 {
        return report.note(ALIVE, 0, None);
    }
    let values: HashSet<Duration> = runs.iter().filter_map(|run| run.delays.get(index)).copied().collect();
    let is_dead = values.len() < runs.len().div_ceil(2);
    let finding = is_dead.then(|| {
        let number = index.saturating_add(1);
        let what = format!("delay {number} has {} values in {} runs", values.len(), runs.len());
        Finding::new(ALIVE, what).after(trials.seed(runs[0]), &runs[0].delays[..number])
    });
    report.note(ALIVE, runs.len(), finding);
}
