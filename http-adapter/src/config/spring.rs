//! From settings to a filter of the profile `spring`.

use std::time::Duration;

use persevere::Invalid;

use super::args::Args;
use super::error::ConfigError;
use crate::exception::{CLASSES, Exception};
use crate::filter::{RetryFilter, RetryFilterBuilder, Spring};
use crate::method;
use crate::spring_backoff::{SpringBackoff, SpringJitter};
use crate::status::{Series, Statuses};

/// What is Spring's own of a filter.
pub(super) fn builder(args: Args<'_>) -> Result<RetryFilterBuilder<Spring>, ConfigError> {
    let mut builder = lists(RetryFilter::spring(), args)?;
    if let Some(backoff) = backoff(args)? {
        builder = builder.backoff(backoff);
    }
    if let Some(setting) = args.find("jitter.randomFactor") {
        let factor = setting.read(|text| text.parse().ok(), "must be a number")?;
        builder = builder.jitter(SpringJitter::new(factor).map_err(|invalid| args.refused(invalid))?);
    }
    if let Some(setting) = args.find("retryAfter.max") {
        builder = builder.max_wait(setting.length("must not be negative")?);
    }
    Ok(builder)
}

fn lists(
    mut builder: RetryFilterBuilder<Spring>,
    args: Args<'_>,
) -> Result<RetryFilterBuilder<Spring>, ConfigError> {
    if let Some(setting) = args.find("series") {
        let expected = "must be INFORMATIONAL, SUCCESSFUL, REDIRECTION, CLIENT_ERROR or SERVER_ERROR";
        builder = builder.series(setting.read_all(Series::named, expected)?);
    }
    if let Some(setting) = args.find("statuses") {
        let ranges = setting.read_all(Statuses::named, Statuses::EXPECTED)?;
        builder = builder.status_ranges(ranges.into_iter().collect());
    }
    if let Some(setting) = args.find("methods") {
        let expected = "must be GET, HEAD, POST, PUT, PATCH, DELETE, OPTIONS or TRACE";
        builder = builder.methods(setting.read_all(method::named, expected)?);
    }
    if let Some(setting) = args.find("exceptions") {
        let known: Vec<_> = CLASSES.iter().map(|(class, _)| *class).collect();
        let expected = format!("must be one of {}", known.join(", "));
        builder = builder.exceptions(setting.read_all(Exception::named, &expected)?);
    }
    Ok(builder)
}

/// The backoff, if any setting of it is there: Spring's `firstBackoff` is 5 ms unless set.
fn backoff(args: Args<'_>) -> Result<Option<SpringBackoff>, ConfigError> {
    let (first, most) = (args.find("backoff.firstBackoff"), args.find("backoff.maxBackoff"));
    let (factor, based) = (args.find("backoff.factor"), args.find("backoff.basedOnPreviousValue"));
    let Some(any) = first.or(most).or(factor).or(based) else { return Ok(None) };
    let first_length = match first {
        None => Duration::from_millis(5),
        Some(setting) if setting.items.is_empty() => {
            return Err(setting.invalid("empty", "firstBackoff must be present"));
        }
        Some(setting) => setting.length("firstBackoff must be > 0")?,
    };
    let cap = most.map(|setting| setting.length("maxBackoff must be >= firstBackoff")).transpose()?;
    let culprit = |invalid: Invalid| {
        let setting = args.find(invalid.field());
        ConfigError::invalid(setting.unwrap_or(any).place(), invalid)
    };
    let mut backoff = SpringBackoff::new(first_length, cap).map_err(culprit)?;
    if let Some(setting) = factor {
        backoff =
            backoff.factor(setting.read(|text| text.parse().ok(), "must be a whole number of 32 bits")?);
    }
    if let Some(setting) = based {
        backoff = backoff.based_on_previous_value(setting.read(boolean, "must be true or false")?);
    }
    Ok(Some(backoff))
}

/// The words that Spring takes for a boolean.
fn boolean(text: &str) -> Option<bool> {
    match text.to_ascii_lowercase().as_str() {
        "true" | "on" | "yes" | "1" => Some(true),
        "false" | "off" | "no" | "0" => Some(false),
        _ => None,
    }
}
