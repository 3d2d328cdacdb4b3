//! Laws about how delays are spread, by statistics.

use super::trials::{Trials, places, steps, typical};
use crate::entropy::Entropy;
use crate::schedule::Draw;
use crate::testing::findings::{Finding, Law, Report};
use crate::testing::promises::JitterLaw;
use crate::testing::runs::{Run, correlation, number, off_even};

const ACROSS: Law = Law::new("J12", "the jitter of one run says nothing about that of another");
const ALONG: Law = Law::new("J13", "the jitter of one delay says nothing about that of the next");

/// The most delays of a run that are drawn for statistics: doubling reaches a cap of a million times the base before.
const STEPS: usize = 24;

/// Standard deviations of a correlation that is none: exceeded once in eighty million times.
const DEVIATIONS: f64 = 5.7;

/// Fewer draws say nothing.
const FEW: usize = 100;

/// Where in its range the delay of each run is, between 0 and 1; `None` where it has no such place.
type Draws = Vec<Option<f64>>;

pub(super) fn check(trials: &Trials<'_>, report: &mut Report) {
    let Some(spread) = trials.contract.spread() else { return };
    let longest = trials.check.steps.min(STEPS);
    let runs: Vec<Run> = (0..u64::from(trials.check.samples))
        .map(|run| trials.subject.run(Draw::Seed(trials.check.seed.wrapping_add(run)), longest))
        .collect();
    let length = typical(&runs);
    let draws = |index| draws(trials, spread, &runs, index);
    for index in places(length) {
        uneven(trials, spread.law(), index, &draws(index), report);
    }
    let middle = length / 2;
    let these = draws(middle);
    let next = these.iter().skip(1).chain([&None]);
    let of = format!("delay {} of runs in a row", middle.saturating_add(1));
    correlated(ACROSS, these.iter().zip(next), &of, report);
    let first = middle.min(length.saturating_sub(2));
    let (these, next) = (draws(first), draws(first.saturating_add(1)));
    let of = format!("delays {} and {}", first.saturating_add(1), first.saturating_add(2));
    correlated(ALONG, these.iter().zip(&next), &of, report);
}

fn draws(trials: &Trials<'_>, spread: &JitterLaw, runs: &[Run], index: usize) -> Draws {
    let draw = |(run, salt): (&Run, u64)| {
        let step = steps(run).nth(index)?;
        // Of a stream that no backoff draws from.
        let word = Entropy::seeded(salt, step.number).sample(u64::MAX);
        #[expect(clippy::cast_precision_loss, reason = "a dice needs no more than the upper bits")]
        let dice = word as f64 / u64::MAX as f64;
        spread.place(trials.drawn(step, dice))
    };
    runs.iter().zip(0..).map(draw).collect()
}

fn uneven(trials: &Trials<'_>, law: Law, index: usize, draws: &Draws, report: &mut Report) {
    let mut draws: Vec<f64> = draws.iter().copied().flatten().collect();
    if draws.len() < FEW {
        return report.note(law, 0, None);
    }
    // As sure with fewer draws.
    let epsilon = trials.check.epsilon * (f64::from(trials.check.samples) / number(draws.len())).sqrt();
    let (share, at) = off_even(&mut draws);
    let mean = draws.iter().sum::<f64>() / number(draws.len());
    let off = (share - at).abs() > epsilon;
    let finding = off.then(|| {
        let (place, percent) = (index.saturating_add(1), |part: f64| format!("{:.1} %", part * 100.0));
        let what = format!(
            "delay {place}: {} of {} draws are {} {} of the range; their mean is at {}",
            percent(share),
            draws.len(),
            if share < at { "below" } else { "in the lower" },
            percent(at),
            percent(mean)
        );
        Finding::new(law, what)
    });
    report.note(law, draws.len(), finding);
}

fn correlated<'d>(
    law: Law,
    pairs: impl Iterator<Item = (&'d Option<f64>, &'d Option<f64>)>,
    of: &str,
    report: &mut Report,
) {
    let pairs: Vec<_> = pairs.filter_map(|(left, right)| left.zip(*right)).collect();
    if pairs.len() < FEW {
        return report.note(law, 0, None);
    }
    let found = correlation(&pairs);
    let most = DEVIATIONS / number(pairs.len()).sqrt();
    let finding = (found.abs() > most).then(|| {
        Finding::new(law, format!("{of}: a correlation of {found:.3}, where chance alone leaves {most:.3}"))
    });
    report.note(law, pairs.len(), finding);
}
