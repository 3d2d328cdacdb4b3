//! From settings to a filter of the profile `gateway`.

use persevere::exponential;

use super::args::Args;
use super::error::ConfigError;
use crate::filter::{Gateway, RetryFilter, RetryFilterBuilder, Waits};
use crate::rules::GatewayRules;
use crate::status::Statuses;

/// What only Spring's filter has, and what there is here instead.
const ELSEWHERE: [(&str, &str); 5] = [
    ("series", "write the codes into `statuses`, as 5xx"),
    ("methods", "what may safely be sent again depends on the method and on what failed"),
    ("exceptions", "what may safely be sent again depends on the method and on what failed"),
    ("backoff.basedOnPreviousValue", "each wait is drawn from its whole length"),
    ("jitter.randomFactor", "each wait is drawn from its whole length"),
];

/// What is the profile's own of a filter.
pub(super) fn builder(args: Args<'_>) -> Result<RetryFilterBuilder<Gateway>, ConfigError> {
    for (name, instead) in ELSEWHERE {
        if let Some(setting) = args.find(name) {
            let message = format!("`{name}` belongs to the profile `spring`: here, {instead}");
            return Err(ConfigError::syntax(setting.position, message));
        }
    }
    let mut builder = RetryFilter::gateway();
    if let Some(setting) = args.find("statuses") {
        let ranges = setting.read_all(Statuses::named, Statuses::EXPECTED)?;
        builder = builder.rules(GatewayRules::default().status_ranges(ranges.into_iter().collect()));
    }
    if let Some(setting) = args.find("retryAfter.max") {
        builder = builder.max_wait(setting.length("must not be negative")?);
    }
    waits(builder, args)
}

/// Waits that grow from `firstBackoff`, 25 ms unless set, to `maxBackoff`, 1 s unless set.
fn waits(
    builder: RetryFilterBuilder<Gateway>,
    args: Args<'_>,
) -> Result<RetryFilterBuilder<Gateway>, ConfigError> {
    let (first, most) = (args.find("backoff.firstBackoff"), args.find("backoff.maxBackoff"));
    let factor = args.find("backoff.factor");
    if first.or(most).or(factor).is_none() {
        return Ok(builder);
    }
    let length = |name: &str, otherwise| match args.find(name) {
        Some(setting) => setting.length("must not be negative"),
        None => Ok(otherwise),
    };
    let base = length("backoff.firstBackoff", Waits::BASE)?;
    let cap = length("backoff.maxBackoff", base.max(Waits::CAP))?;
    if let Some(setting) = most.filter(|_| cap < base) {
        return Err(setting.invalid(format!("{cap:?}"), "maxBackoff must be >= firstBackoff"));
    }
    let mut waits = exponential(base);
    if let Some(setting) = factor {
        let factor: f64 = setting.read(|text| text.parse().ok(), "must be a number")?;
        waits = waits.factor(factor).map_err(|invalid| setting.invalid(factor, invalid.bound()))?;
    }
    Ok(builder.growing(waits, cap))
}
