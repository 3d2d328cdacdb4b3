//! The settings that both profiles share.

use std::time::Duration;

use persevere::AnyBudget;

use super::args::Args;
use super::setting::Setting;
use super::size;
use crate::filter::{self, Drain, RetryFilterBuilder};
use crate::spring::error::{ConfigError, Problems};

/// Adds the settings that both profiles share.
pub(super) fn add(
    mut builder: RetryFilterBuilder,
    args: Args<'_>,
    problems: &mut Problems,
) -> RetryFilterBuilder {
    let mut read = |name: &str| args.find(name).and_then(|setting| problems.take(setting.boolean()));
    if let Some(announce) = read("announce") {
        builder = builder.announce(announce);
    }
    if let Some(trust) = read("trustAnnounced") {
        builder = builder.trust_announced(trust);
    }
    if let Some(explain) = read("explain") {
        builder = builder.explain(explain);
    }
    if let Some(retries) = args.find("retries").and_then(|setting| problems.take(retries(setting))) {
        builder = builder.retries(retries);
    }
    let length = |setting: &Setting| setting.length("timeout should be >= 0");
    if let Some(timeout) = args.find("timeout").and_then(|setting| problems.take(length(setting))) {
        builder = builder.timeout(timeout);
    }
    let longest = args.find("retryAfter.max").map(|setting| setting.length("must not be negative"));
    if let Some(longest) = longest.and_then(|longest| problems.take(longest)) {
        builder = builder.max_wait(longest);
    }
    if let Some(id) = args.find("routeId").and_then(|setting| problems.take(setting.literal())) {
        builder = builder.route_id(id.to_owned());
    }
    if let Some(bytes) = args.find("bodyLimit").and_then(|setting| problems.take(size(setting))) {
        builder = builder.body_limit(bytes);
    }
    if let Some((bytes, time)) = problems.take(drain(args)) {
        builder = builder.drain(bytes, time);
    }
    match problems.take(budget(args)).flatten() {
        Some(budget) => builder.budget(budget),
        None => builder,
    }
}

fn retries(setting: &Setting) -> Result<u32, ConfigError> {
    let number: i64 =
        setting.read(|text| text.parse().ok(), "must be a whole number from 1 to 2147483647")?;
    let bound =
        if number.is_negative() { "retries must be greater than 0" } else { "must be at most 2147483647" };
    let retries = i32::try_from(number).ok().and_then(|retries| u32::try_from(retries).ok());
    retries.ok_or_else(|| setting.invalid(number, bound))
}

fn size(setting: &Setting) -> Result<usize, ConfigError> {
    setting.read(size::parse, "must be a size such as 64KiB, 1MB or 65536")
}

/// Returns the limits in bytes and time for reading a response that another attempt replaces.
fn drain(args: Args<'_>) -> Result<(u64, Duration), ConfigError> {
    let Drain { bytes, time } = Drain::default();
    let bytes = match args.find("drain.bytes") {
        Some(setting) => u64::try_from(size(setting)?).unwrap_or(u64::MAX),
        None => bytes,
    };
    let time = args.find("drain.time").map_or(Ok(time), |setting| setting.length("must not be negative"))?;
    Ok((bytes, time))
}

/// The budget, if any setting of it is there; or `none`.
fn budget(args: Args<'_>) -> Result<Option<AnyBudget>, ConfigError> {
    let (ratio, floor) = (args.find("budget.ratio"), args.find("budget.minPerSecond"));
    if let Some(setting) = args.find("budget") {
        let expected = "must be none, or a group: budget.ratio, budget.minPerSecond";
        let none = setting.read(|text| (text == "none").then_some(AnyBudget::Unlimited), expected)?;
        return match ratio.or(floor) {
            None => Ok(Some(none)),
            Some(_) => {
                Err(setting.invalid("none", "cannot be combined with budget.ratio or budget.minPerSecond"))
            }
        };
    }
    let Some(any) = ratio.or(floor) else { return Ok(None) };
    let mut problems = Problems::default();
    let share =
        ratio.map(|setting| problems.take(setting.read(|text| text.parse().ok(), "must be a number")));
    let least =
        floor.map(|setting| problems.take(setting.read(|text| text.parse().ok(), "must be a whole number")));
    let (share, least) = problems.end((share.flatten(), least.flatten()))?;
    let budget = filter::budget(share, least).map_err(|invalid| {
        let culprit = if invalid.field() == "ratio" { ratio } else { floor };
        culprit.unwrap_or(any).invalid(invalid.value(), invalid.bound())
    });
    budget.map(|budget| Some(budget.into()))
}
