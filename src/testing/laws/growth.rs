//! Laws about how delays grow.

use super::trials::Trials;
use crate::testing::findings::{Law, Report};

const GROWTH: Law = Law::new("G1", "without jitter, each delay is what the growth says, up to the cap")
    .mostly("floats, when it is off by little; `slack` says how far each step may be");
const RISES: Law = Law::new("G2", "no delay is shorter than the one before it");
const STICKY: Law = Law::new("B9", "a delay that has reached the cap stays there");

pub(super) fn check(trials: &Trials<'_>, report: &mut Report) {
    let contract = trials.contract;
    if contract.is_plain() && contract.growth.is_some() {
        trials.each(GROWTH, report, |step| {
            let (plain, slack) = (contract.plain(step.number)?, contract.slack_at(step.number));
            let off = || format!("{:?} instead of {plain:?}, give or take {slack:?}", step.delay);
            Some(if step.delay.abs_diff(plain) > slack { Err(off()) } else { Ok(()) })
        });
    }
    if contract.rises {
        trials.each_and_long(RISES, report, |step| {
            let before = step.before.last().copied()?;
            let fell = || format!("{:?}, and the one before it {before:?}", step.delay);
            Some(if step.delay < before { Err(fell()) } else { Ok(()) })
        });
    }
    if let Some(cap) = contract.cap.filter(|_| contract.is_plain()) {
        trials.each_and_long(STICKY, report, |step| {
            let fell = || format!("{:?}, and the one before it the cap of {cap:?}", step.delay);
            let is_behind = step.before.last() == Some(&cap);
            is_behind.then(|| if step.delay < cap { Err(fell()) } else { Ok(()) })
        });
    }
}
