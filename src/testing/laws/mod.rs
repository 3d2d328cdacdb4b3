//! The laws of schedules, by what they speak of.

mod ends;
mod growth;
mod range;
mod seeds;
mod spread;
mod trials;

use self::trials::Trials;
use super::check::Check;
use super::contract::Contract;
use super::report::Report;
use super::subject::Subject;
use crate::bounds::Bounds;

/// All laws that hold for every schedule, and those that the contract claims.
pub(super) fn all(
    subject: &dyn Subject,
    contract: &Contract,
    check: &Check,
    bounds: Option<&dyn Fn() -> Bounds>,
) -> Report {
    let trials = Trials::new(subject, contract, check);
    let mut report = Report::default();
    range::check(&trials, &mut report);
    if trials.panic().is_some() {
        return report; // whatever else is wrong, it is not worth saying
    }
    growth::check(&trials, &mut report);
    ends::check(&trials, bounds, &mut report);
    seeds::check(&trials, &mut report);
    spread::check(&trials, &mut report);
    report
}
