//! Laws about how schedules end, and what they add up to.

use std::time::Duration;

use super::super::law::Law;
use super::super::report::{Finding, Report};
use super::super::subject::{End, Run};
use super::trials::Trials;
use crate::bounds::Bounds;
use crate::schedule::sum;

const COUNT: Law = Law::new("B8", "there are as many delays as are claimed, and then none");
const FUSED: Law = Law::new("S1", "an end is an end: no delay follows it");
const TOTAL: Law = Law::new(
    "T3",
    "the delays add up to no more than the total, which ends them only when the next one does not fit",
);
const BOUNDS: Law =
    Law::new("T5", "no run sleeps longer or shorter than the bounds say, or has more attempts");

pub(super) fn check(trials: &Trials<'_>, bounds: Option<&dyn Fn() -> Bounds>, report: &mut Report) {
    report.note(
        FUSED,
        first(trials, FUSED, |run| {
            (run.end == End::Resumed).then(|| "after its end, another delay comes".to_owned())
        }),
    );
    if let Some(claimed) = trials.contract.delays {
        let claimed = usize::try_from(claimed).unwrap_or(usize::MAX);
        let wrong = first(trials, COUNT, |run| {
            let (number, is_over) = (run.delays.len(), run.end != End::Open);
            match number.cmp(&claimed) {
                std::cmp::Ordering::Less if is_over => Some(format!("{number} delays instead of {claimed}")),
                std::cmp::Ordering::Greater => Some(format!("more than {claimed} delays")),
                _ => None,
            }
        });
        report.note(COUNT, wrong);
    }
    if let Some(total) = trials.contract.total {
        report
            .note(TOTAL, first(trials, TOTAL, |run| over(run, total).or_else(|| early(trials, run, total))));
    }
    if let Some(bounds) = bounds {
        let bounds = bounds();
        report.note(BOUNDS, first(trials, BOUNDS, |run| outside(run, &bounds)));
    }
}

/// The shortest run with which something is wrong.
fn first(trials: &Trials<'_>, law: Law, wrong: impl Fn(&Run) -> Option<String>) -> Option<Finding> {
    let broken = trials.runs.iter().filter_map(|run| Some((run, wrong(run)?)));
    let (run, what) = broken.min_by_key(|(run, _)| run.delays.len())?;
    Some(Finding::new(law, what).after(run.seed(), &run.delays))
}

fn over(run: &Run, total: Duration) -> Option<String> {
    let slept = sum(&run.delays);
    (slept > total).then(|| format!("{slept:?} in all, more than {total:?}"))
}

/// An end that neither the number of delays nor the total explains.
fn early(trials: &Trials<'_>, run: &Run, total: Duration) -> Option<String> {
    let contract = trials.contract;
    let number = u32::try_from(run.delays.len()).unwrap_or(u32::MAX);
    let counted = contract.delays.is_some_and(|delays| number >= delays);
    if run.end == End::Open || counted || !contract.is_plain() {
        return None;
    }
    let next = contract.plain(number.saturating_add(1))?;
    let slept = sum(&run.delays);
    let fits = slept.saturating_add(next) <= total;
    fits.then(|| format!("it ends after {slept:?}, and {next:?} more would fit into {total:?}"))
}

fn outside(run: &Run, bounds: &Bounds) -> Option<String> {
    let (slept, attempts) = (sum(&run.delays), run.delays.len().saturating_add(1));
    if let Some(most) = bounds.most_sleep.filter(|most| slept > *most) {
        return Some(format!("{slept:?} in all, and the bounds say at most {most:?}"));
    }
    let most = bounds.attempts.map(|most| usize::try_from(most).unwrap_or(usize::MAX));
    if let Some(most) = most.filter(|most| attempts > *most) {
        return Some(format!("{attempts} attempts, and the bounds say at most {most}"));
    }
    let least = bounds.least_sleep;
    let is_short = run.end == End::Over && slept < least;
    is_short.then(|| format!("{slept:?} in all, and the bounds say at least {least:?}"))
}
