//! Laws about how delays are spread, by statistics.

use super::super::jitter_law::JitterLaw;
use super::super::law::Law;
use super::super::report::{Finding, Report};
use super::super::statistics::{correlation, number, off_even};
use super::super::subject::Run;
use super::trials::{Trials, steps};
use crate::entropy::Entropy;
use crate::schedule::Draw;

const ACROSS: Law = Law::new("J12", "the jitter of one run says nothing about that of another");
const ALONG: Law = Law::new("J13", "the jitter of one delay says nothing about that of the next");

/// The most delays of a run that are drawn for statistics: doubling reaches a cap of a million times the base before.
const STEPS: usize = 24;

/// Standard deviations of a correlation that is none: exceeded once in eighty million times.
const DEVIATIONS: f64 = 5.7;

pub(super) fn check(trials: &Trials<'_>, report: &mut Report) {
    let Some(spread) = trials.contract.spread() else { return };
    let longest = trials.check.steps.min(STEPS);
    let runs: Vec<Run> = (0..u64::from(trials.check.samples))
        .map(|run| trials.subject.run(Draw::Seed(trials.check.seed.wrapping_add(run)), longest))
        .collect();
    let Some(shortest) = runs.iter().map(|run| run.delays.len()).min().filter(|&length| length > 0) else {
        return;
    };
    let (_, law) = spread.laws();
    let mut places = [0, shortest / 2, shortest.saturating_sub(1)].to_vec();
    places.dedup();
    let uneven = places.iter().find_map(|&index| {
        let mut draws: Vec<f64> = places_of(trials, spread, &runs, index).collect();
        uneven(law, index, &mut draws, trials.check.epsilon)
    });
    report.note(law, uneven);
    let index = shortest / 2;
    let draws: Vec<f64> = places_of(trials, spread, &runs, index).collect();
    let pairs: Vec<_> = draws.iter().copied().zip(draws.iter().copied().skip(1)).collect();
    report.note(
        ACROSS,
        correlated(ACROSS, &pairs, || format!("delay {} of runs in a row", index.saturating_add(1))),
    );
    if shortest > 1 {
        let first = index.min(shortest.saturating_sub(2));
        let next = first.saturating_add(1);
        let pairs: Vec<_> =
            places_of(trials, spread, &runs, first).zip(places_of(trials, spread, &runs, next)).collect();
        let of = || format!("delays {next} and {}", next.saturating_add(1));
        report.note(ALONG, correlated(ALONG, &pairs, of));
    }
}

/// Where in their ranges the delays of this index are, between 0 and 1.
fn places_of<'t>(
    trials: &'t Trials<'_>,
    spread: &'t JitterLaw,
    runs: &'t [Run],
    index: usize,
) -> impl Iterator<Item = f64> + 't {
    runs.iter().zip(0_u64..).filter_map(move |(run, salt)| {
        let step = steps(run).nth(index)?;
        #[expect(clippy::cast_precision_loss, reason = "a dice needs no more than the upper bits")]
        let dice = Entropy::seeded(salt, step.number).sample(index as u64) as f64 / u64::MAX as f64;
        spread.place(trials.drawn(step, dice))
    })
}

fn uneven(law: Law, index: usize, draws: &mut [f64], epsilon: f64) -> Option<Finding> {
    if draws.is_empty() {
        return None; // the range is too narrow
    }
    let (off, at) = off_even(draws);
    let below = draws.iter().filter(|draw| **draw <= at).count();
    let (share, mean) =
        (number(below) / number(draws.len()), draws.iter().sum::<f64>() / number(draws.len()));
    (off > epsilon).then(|| {
        let place = index.saturating_add(1);
        let what = format!(
            "delay {place}: {:.1} % of {} draws are in the lower {:.1} % of the range; their mean is at {:.1} %",
            share * 100.0,
            draws.len(),
            at * 100.0,
            mean * 100.0
        );
        Finding::new(law, what)
    })
}

fn correlated(law: Law, pairs: &[(f64, f64)], of: impl Fn() -> String) -> Option<Finding> {
    let found = correlation(pairs);
    let most = DEVIATIONS / number(pairs.len().max(1)).sqrt();
    (found.abs() > most).then(|| {
        let what = format!("{}: a correlation of {found:.3}, where chance alone leaves {most:.3}", of());
        Finding::new(law, what)
    })
}
