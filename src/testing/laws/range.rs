//! Laws about where delays may be.

use std::time::Duration;

use super::trials::{Step, Trials};
use crate::testing::findings::{Finding, Law, NO_PANIC, Report};
use crate::testing::promises::{JitterLaw, nanos};

const CAP: Law = Law::new("B1", "no delay exceeds the cap, whatever the jitter");
const FLOOR: Law = Law::new("B5", "no delay is below the floor");
const FIRST: Law = Law::new("B6", "the first delay is the base, to the nanosecond");
const EXTREMES: Law = Law::new("J9", "the least and the greatest sample stay within the range");

pub(super) fn check(trials: &Trials<'_>, report: &mut Report) {
    report.note(NO_PANIC, 1, panic(trials));
    if trials.panic().is_some() {
        return;
    }
    let contract = trials.contract;
    if let Some(cap) = contract.cap {
        trials.each_and_long(CAP, report, |step| {
            let above = || format!("{:?}, above the cap of {cap:?}", step.delay);
            Some(if step.delay > cap { Err(above()) } else { Ok(()) })
        });
    }
    if let Some(floor) = contract.floor {
        trials.each_and_long(FLOOR, report, |step| {
            let below = || format!("{:?}, below the floor of {floor:?}", step.delay);
            Some(if step.delay < floor { Err(below()) } else { Ok(()) })
        });
    }
    if let Some(first) = contract.first {
        trials.each(FIRST, report, |step| {
            let other = || format!("{:?} instead of {first:?}", step.delay);
            (step.number == 1).then(|| if step.delay == first { Ok(()) } else { Err(other()) })
        });
    }
    jitter(trials, report);
}

fn panic(trials: &Trials<'_>) -> Option<Finding> {
    if let Some((run, message)) = trials.panic() {
        let number = run.delays.len().saturating_add(1);
        let what = format!("delay {number} panics with `{message}`");
        return Some(Finding::new(NO_PANIC, what).after(trials.seed(run), &run.delays));
    }
    trials.subject.at_the_edges().map(|what| Finding::new(NO_PANIC, what))
}

/// The range that the jitter leaves, for seeds and for the extremes.
fn jitter(trials: &Trials<'_>, report: &mut Report) {
    let Some(spread) = trials.contract.spread() else { return };
    trials.each(spread.range_law(), report, |step| judged(trials, spread, step));
    if trials.subject.has_extremes() {
        trials.each_extreme(EXTREMES, report, |step| judged(trials, spread, step));
    }
}

fn judged(trials: &Trials<'_>, spread: &JitterLaw, step: Step<'_>) -> Option<Result<(), String>> {
    let (low, high) = spread.range(trials.drawn(step, 0.0))?;
    let slack = 1.0 + nanos(trials.contract.slack_at(step.number)) + high * 1e-12;
    let beyond = nanos(step.delay) < low - slack || nanos(step.delay) > high + slack;
    let what = || format!("{:?}, outside of {:?} to {:?}", step.delay, duration(low), duration(high));
    Some(if beyond { Err(what()) } else { Ok(()) })
}

fn duration(nanos: f64) -> Duration {
    Duration::try_from_secs_f64(nanos.max(0.0) / 1e9).unwrap_or(Duration::MAX)
}
