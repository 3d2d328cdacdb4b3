//! Laws about seeds: equal ones make equal delays, others make others.

use std::collections::HashSet;
use std::time::Duration;

use super::super::jitter_law::nanos;
use super::super::law::Law;
use super::super::report::{Finding, Report};
use super::super::subject::Run;
use super::trials::{Step, Trials, steps};
use crate::schedule::Draw;

const REPEATABLE: Law = Law::new("S3", "equal seeds make equal delays");
const FRESH: Law = Law::new("S4", "other seeds make other delays");
const ALIVE: Law = Law::new("J10", "jitter is alive wherever a delay is long enough, at the cap too");

/// A range so wide has so many places that 64 draws are hardly ever half the same.
const WIDE: f64 = 1_000.0;

pub(super) fn check(trials: &Trials<'_>, report: &mut Report) {
    if trials.subject.is_seeded() {
        report.note(REPEATABLE, repeats(trials));
    }
    if trials.contract.spread().is_some() {
        report.note(FRESH, differs(trials));
        report.note(ALIVE, is_alive(trials));
    }
}

fn repeats(trials: &Trials<'_>) -> Option<Finding> {
    let differs = |run: &&Run| trials.subject.run(run.draw, run.delays.len()).delays != run.delays;
    let run = trials.runs.iter().find(differs)?;
    let what = "a second run has other delays than the first".to_owned();
    Some(Finding::new(REPEATABLE, what).after(run.seed(), &run.delays))
}

/// Runs with seeds that have room to differ.
fn seeded<'t>(trials: &'t Trials<'_>) -> impl Iterator<Item = &'t Run> {
    trials.runs.iter().filter(|run| matches!(run.draw, Draw::Seed(_)))
}

/// Two runs in a row, of which the delays with the most room are compared.
fn differs(trials: &Trials<'_>) -> Option<Finding> {
    let runs: Vec<_> = seeded(trials).collect();
    let is_wide = |run: &Run| width(trials, run) >= WIDE;
    let same = runs.windows(2).find(|pair| is_wide(pair[0]) && pair[0].delays == pair[1].delays)?;
    let what = "two runs with different seeds have the same delays".to_owned();
    Some(Finding::new(FRESH, what).after(same[0].seed(), &same[0].delays))
}

/// The widest range of a delay in a run, in nanoseconds.
fn width(trials: &Trials<'_>, run: &Run) -> f64 {
    let Some(spread) = trials.contract.spread() else { return 0.0 };
    // A law without a range of its own leaves the delay for it.
    let range = |step: Step<'_>| spread.range(trials.drawn(step, 0.0)).unwrap_or((0.0, nanos(step.delay)));
    steps(run).map(range).map(|(low, high)| high - low).fold(0.0, f64::max)
}

/// In 64 runs, the first, the middle and the last delay have at least 32 values.
fn is_alive(trials: &Trials<'_>) -> Option<Finding> {
    let spread = trials.contract.spread()?;
    let runs: Vec<_> = seeded(trials).take(64).collect();
    let shortest = runs.iter().map(|run| run.delays.len()).min()?;
    for index in [0, shortest / 2, shortest.saturating_sub(1)] {
        let draws: Vec<_> = runs.iter().filter_map(|run| steps(run).nth(index)).collect();
        let is_wide = draws
            .iter()
            .all(|&step| spread.range(trials.drawn(step, 0.0)).is_none_or(|(low, high)| high - low >= WIDE));
        let values: HashSet<Duration> = draws.iter().map(|step| step.delay).collect();
        if is_wide && values.len() < draws.len().div_ceil(2) {
            let (number, draws) = (index.saturating_add(1), draws.len());
            let what = format!("delay {number} has {} values in {draws} runs", values.len());
            let prefix = &runs[0].delays[..number];
            return Some(Finding::new(ALIVE, what).after(runs[0].seed(), prefix));
        }
    }
    None
}
