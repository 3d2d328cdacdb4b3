//! What filters of either profile have.

use persevere::AnyBudget;

use super::args::Args;
use super::error::ConfigError;
use super::size;
use crate::filter::{self, RetryFilterBuilder};

/// Adds what filters of either profile have.
pub(super) fn common<R>(
    mut builder: RetryFilterBuilder<R>,
    args: Args<'_>,
) -> Result<RetryFilterBuilder<R>, ConfigError> {
    if let Some(setting) = args.find("retries") {
        let number: i64 =
            setting.read(|text| text.parse().ok(), "must be a whole number from 1 to 2147483647")?;
        let bound = if number.is_negative() {
            "retries must be greater than 0"
        } else {
            "must be at most 2147483647"
        };
        let retries = i32::try_from(number).ok().and_then(|retries| u32::try_from(retries).ok());
        builder = builder.retries(retries.ok_or_else(|| setting.invalid(number, bound))?);
    }
    if let Some(setting) = args.find("timeout") {
        builder = builder.timeout(setting.length("timeout should be >= 0")?);
    }
    if let Some(setting) = args.find("routeId") {
        builder = builder.route_id(setting.literal()?.to_owned());
    }
    if let Some(setting) = args.find("bodyLimit") {
        let expected = "must be a size such as 64KiB, 1MB or 65536";
        builder = builder.body_limit(setting.read(size::parse, expected)?);
    }
    Ok(match budget(args)? {
        Some(budget) => builder.budget(budget),
        None => builder,
    })
}

/// The budget, if any setting of it is there; or `none`.
fn budget(args: Args<'_>) -> Result<Option<AnyBudget>, ConfigError> {
    let (ratio, floor) = (args.find("budget.ratio"), args.find("budget.minPerSecond"));
    if let Some(setting) = args.find("budget") {
        let expected = "must be none, or a group: budget.ratio, budget.minPerSecond";
        let none = setting.read(|text| (text == "none").then_some(AnyBudget::Unlimited), expected)?;
        return match ratio.or(floor) {
            None => Ok(Some(none)),
            Some(_) => Err(setting.invalid("none", "must not be set beside its settings")),
        };
    }
    let Some(any) = ratio.or(floor) else { return Ok(None) };
    let share = ratio.map(|setting| setting.read(|text| text.parse().ok(), "must be a number"));
    let least = floor.map(|setting| setting.read(|text| text.parse().ok(), "must be a whole number"));
    let budget = filter::budget(share.transpose()?, least.transpose()?).map_err(|invalid| {
        let culprit = if invalid.field() == "ratio" { ratio } else { floor };
        culprit.unwrap_or(any).invalid(invalid.value(), invalid.bound())
    });
    budget.map(|budget| Some(budget.into()))
}
