//! Laws about how delays grow.

use super::super::law::Law;
use super::super::report::Report;
use super::trials::Trials;

const GROWTH: Law = Law::new("G1", "without jitter, each delay is what the growth says, up to the cap");
const RISES: Law = Law::new("G2", "no delay is shorter than the one before it");
const STICKY: Law = Law::new("B9", "a delay that has reached the cap stays there");

pub(super) fn check(trials: &Trials<'_>, report: &mut Report) {
    let contract = trials.contract;
    if contract.is_plain() && contract.growth.is_some() {
        let wrong = trials.soonest(GROWTH, |step| {
            let plain = contract.plain(step.number)?;
            let slack = contract.slack_at(step.number);
            let off = step.delay.abs_diff(plain) > slack;
            off.then(|| format!("{:?} instead of {plain:?}, give or take {slack:?}", step.delay))
        });
        report.note(GROWTH, wrong);
    }
    if contract.rises {
        let wrong = trials.soonest(RISES, |step| {
            let before = step.before.last().copied()?;
            (step.delay < before).then(|| format!("{:?}, and the one before it {before:?}", step.delay))
        });
        report.note(RISES, wrong);
    }
    if let Some(cap) = contract.cap.filter(|_| contract.is_plain()) {
        let wrong = trials.soonest(STICKY, |step| {
            let fell = step.before.last() == Some(&cap) && step.delay < cap;
            fell.then(|| format!("{:?}, and the one before it the cap of {cap:?}", step.delay))
        });
        report.note(STICKY, wrong);
    }
}
