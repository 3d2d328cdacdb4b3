//! [`Trials`]: the runs that laws are checked on.

use std::time::Duration;

use crate::schedule::Draw;
use crate::testing::findings::{Finding, Law, Report};
use crate::testing::promises::{Check, Contract, Drawn};
use crate::testing::runs::{End, Run, Subject};

/// Delays of the long run, which is looked at for panics, caps, floors and ends; and the most that are counted.
const LONG: usize = 10_000;

/// The runs that laws are checked on.
pub(super) struct Trials<'a> {
    pub(super) subject: &'a dyn Subject,
    pub(super) contract: &'a Contract,
    pub(super) check: &'a Check,
    /// Delays that were asked for in each run.
    pub(super) longest: usize,
    /// Runs with seeds, and those whose samples are the least and the greatest.
    pub(super) runs: Vec<Run>,
    /// A single long one.
    pub(super) long: Run,
}

/// One delay of a run.
#[derive(Clone, Copy, Debug)]
pub(super) struct Step<'r> {
    /// Counted from 1.
    pub(super) number: u32,
    pub(super) delay: Duration,
    pub(super) before: &'r [Duration],
}

impl<'a> Trials<'a> {
    pub(super) fn new(subject: &'a dyn Subject, contract: &'a Contract, check: &'a Check) -> Self {
        // One more than is claimed, to see that it does not come.
        let claimed = contract.delays.map_or(0, |delays| usize::try_from(delays).unwrap_or(LONG));
        let longest = check.steps.max(claimed.saturating_add(1).min(LONG));
        let seeds = (0..check.runs).map(|run| Draw::Seed(check.seed.wrapping_add(run)));
        let extremes = [Draw::Lowest, Draw::Highest].into_iter().filter(|_| subject.has_extremes());
        let runs = seeds.chain(extremes).map(|draw| subject.run(draw, longest)).collect();
        let long = subject.run(Draw::Seed(check.seed), LONG);
        Self { subject, contract, check, longest, runs, long }
    }

    /// The shortest run that has panicked, and the message.
    pub(super) fn panic(&self) -> Option<(&Run, &str)> {
        let panicked = self.runs.iter().chain([&self.long]).filter_map(|run| match &run.end {
            End::Panicked(message) => Some((run, message.as_str())),
            End::Open | End::Over | End::Resumed => None,
        });
        panicked.min_by_key(|(run, _)| run.delays.len())
    }

    /// The seed of a run, if it fixes the delays.
    pub(super) fn seed(&self, run: &Run) -> Option<u64> {
        run.seed().filter(|_| self.subject.is_seeded())
    }

    /// Notes where a law is broken first, in the run that breaks it soonest. `judge` says what is wrong with a delay, and `None`
    /// for one that the law does not speak of.
    pub(super) fn each(
        &self,
        law: Law,
        report: &mut Report,
        judge: impl Fn(Step<'_>) -> Option<Result<(), String>>,
    ) {
        self.each_of(self.runs.iter(), law, report, judge);
    }

    /// As [`each`](Self::each), with the long run as well: for laws that ask nothing of the contract's growth.
    pub(super) fn each_and_long(
        &self,
        law: Law,
        report: &mut Report,
        judge: impl Fn(Step<'_>) -> Option<Result<(), String>>,
    ) {
        self.each_of(self.runs.iter().chain([&self.long]), law, report, judge);
    }

    /// As [`each`](Self::each), with the least and the greatest samples alone.
    pub(super) fn each_extreme(
        &self,
        law: Law,
        report: &mut Report,
        judge: impl Fn(Step<'_>) -> Option<Result<(), String>>,
    ) {
        let extremes = self.runs.iter().filter(|run| matches!(run.draw, Draw::Lowest | Draw::Highest));
        self.each_of(extremes, law, report, judge);
    }

    fn each_of<'r>(
        &self,
        runs: impl Iterator<Item = &'r Run>,
        law: Law,
        report: &mut Report,
        judge: impl Fn(Step<'_>) -> Option<Result<(), String>>,
    ) {
        let (mut cases, mut found): (usize, Option<(u32, &Run, String)>) = (0, None);
        for run in runs {
            let sooner = found.as_ref().map_or(u32::MAX, |(number, ..)| *number);
            for step in steps(run).take_while(|step| step.number < sooner) {
                let Some(judged) = judge(step) else { continue };
                cases = cases.saturating_add(1);
                if let Err(what) = judged {
                    found = Some((step.number, run, what));
                    break;
                }
            }
        }
        let finding = found.map(|(number, run, what)| {
            let end = usize::try_from(number).unwrap_or(usize::MAX).min(run.delays.len());
            let what = format!("delay {number}{} {what}", with(run.draw));
            Finding::new(law, what).after(self.seed(run), &run.delays[..end])
        });
        report.note(law, cases, finding);
    }

    /// A delay, and what the law of its jitter has to know.
    pub(super) fn drawn<'r>(&self, step: Step<'r>, dice: f64) -> Drawn<'r> {
        let Step { number, delay, before } = step;
        let cap = self.contract.cap.unwrap_or(Duration::MAX);
        Drawn { delay, number, before, plain: self.contract.plain(number), cap, dice }
    }
}

/// The delays that nine of ten runs have, at least.
pub(super) fn typical(runs: &[Run]) -> usize {
    let mut lengths: Vec<_> = runs.iter().map(|run| run.delays.len()).collect();
    lengths.sort_unstable();
    lengths.get(lengths.len() / 10).copied().unwrap_or_default()
}

/// The first, the middle and the last of so many.
pub(super) fn places(length: usize) -> impl Iterator<Item = usize> {
    let mut places = vec![0, length / 2, length.saturating_sub(1)];
    places.dedup();
    places.into_iter()
}

/// The delays of a run, one after the other.
pub(super) fn steps(run: &Run) -> impl Iterator<Item = Step<'_>> {
    (1_u32..).zip(run.delays.iter().enumerate()).map(|(number, (index, &delay))| Step {
        number,
        delay,
        before: &run.delays[..index],
    })
}

/// Which samples it was, if they were special.
const fn with(draw: Draw) -> &'static str {
    match draw {
        Draw::Seed(_) => " is",
        Draw::Lowest => ", when every sample is the least one, is",
        Draw::Highest => ", when every sample is the greatest one, is",
    }
}
