//! Laws about how schedules end, and what they add up to.

use std::cmp::Ordering;
use std::time::Duration;

use super::trials::Trials;
use crate::bounds::Bounds;
use crate::schedule::sum;
use crate::testing::findings::{Finding, Law, Report};
use crate::testing::runs::{End, Run};

const COUNT: Law = Law::new("B8", "there are as many delays as are claimed, and then none");
const FUSED: Law = Law::new("S1", "an end is an end: no delay follows it");
const TOTAL: Law = Law::new(
    "T3",
    "the delays add up to no more than the total, which ends them only when the next one does not fit",
);
const BOUNDS: Law =
    Law::new("T5", "no run sleeps longer or shorter than the bounds say, or has more attempts");

pub(super) fn check(trials: &Trials<'_>, bounds: Option<&dyn Fn() -> Bounds>, report: &mut Report) {
    let is_over = |run: &Run| run.end != End::Open;
    each(trials, FUSED, report, |run| {
        let resumes = || "after its end, another delay comes".to_owned();
        is_over(run).then(|| if run.end == End::Resumed { Err(resumes()) } else { Ok(()) })
    });
    if let Some(claimed) = trials.contract.delays {
        let claimed = usize::try_from(claimed).unwrap_or(usize::MAX);
        each(trials, COUNT, report, |run| {
            let number = run.delays.len();
            match number.cmp(&claimed) {
                Ordering::Less if is_over(run) => Some(Err(format!("{number} delays instead of {claimed}"))),
                Ordering::Less => None, // nobody has counted so far
                Ordering::Equal => is_over(run).then_some(Ok(())),
                Ordering::Greater => Some(Err(format!("more than {claimed} delays"))),
            }
        });
    }
    if let Some(total) = trials.contract.total {
        each(trials, TOTAL, report, |run| {
            Some(over(run, total).or_else(|| early(trials, run, total)).map_or(Ok(()), Err))
        });
    }
    if let Some(bounds) = bounds {
        let bounds = bounds();
        each(trials, BOUNDS, report, |run| Some(outside(run, &bounds).map_or(Ok(()), Err)));
    }
}

/// Notes the shortest run with which something is wrong. `judge` gives `None` for one that the law does not speak of.
fn each(
    trials: &Trials<'_>,
    law: Law,
    report: &mut Report,
    judge: impl Fn(&Run) -> Option<Result<(), String>>,
) {
    let judged: Vec<_> =
        trials.runs.iter().chain([&trials.long]).filter_map(|run| Some((run, judge(run)?))).collect();
    let cases = judged.len();
    let broken = judged.into_iter().filter_map(|(run, result)| Some((run, result.err()?)));
    let shortest = broken.min_by_key(|(run, _)| run.delays.len());
    let finding = shortest.map(|(run, what)| Finding::new(law, what).after(trials.seed(run), &run.delays));
    report.note(law, cases, finding);
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
    if run.end == End::Open || counted || !contract.is_plain() || run.delays.len() > trials.longest {
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
