//! From settings to a filter.

use std::time::Duration;

use persevere::Invalid;

use super::error::ConfigError;
use super::lint::{Form, Lint};
use super::setting::{Setting, plain};
use crate::exception::{CLASSES, Exception};
use crate::filter::{RetryFilter, RetryFilterBuilder, Spring};
use crate::method;
use crate::position::Position;
use crate::rules::Rules;
use crate::spring_backoff::{SpringBackoff, SpringJitter};
use crate::status::{Series, Statuses};

/// The settings of the filter, by the names of Spring.
pub(crate) const NAMES: [&str; 12] = [
    "retries",
    "series",
    "statuses",
    "methods",
    "exceptions",
    "backoff.firstBackoff",
    "backoff.maxBackoff",
    "backoff.factor",
    "backoff.basedOnPreviousValue",
    "jitter.randomFactor",
    "timeout",
    "routeId",
];

/// The filter that the settings of a form describe, with its warnings; `position` is where they stand as a whole.
pub(crate) fn bind(settings: &[Setting], form: Form, position: Position) -> Result<RetryFilter, ConfigError> {
    refuse_unknown(settings)?;
    let mut filter = filter(settings, position)?;
    if let Rules::Spring(rules) = &filter.rules {
        filter.settings.warnings = Lint { settings, rules, form, position }.warnings();
    }
    Ok(filter)
}

fn filter(settings: &[Setting], position: Position) -> Result<RetryFilter, ConfigError> {
    let find = |name: &str| settings.iter().find(|setting| setting.plain_name() == plain(name));
    let mut builder = lists(RetryFilter::spring(), &find)?;
    if let Some(setting) = find("retries") {
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
    if let Some(setting) = find("timeout") {
        let timeout = setting.duration()?;
        let length = timeout.non_negative();
        builder = builder.timeout(length.ok_or_else(|| setting.invalid(timeout, "timeout should be >= 0"))?);
    }
    if let Some(setting) = find("routeId") {
        builder = builder.route_id(setting.item()?.text.clone());
    }
    if let Some(backoff) = backoff(&find)? {
        builder = builder.backoff(backoff);
    }
    if let Some(setting) = find("jitter.randomFactor") {
        let factor = setting.read(|text| text.parse().ok(), "must be a number")?;
        builder = builder.jitter(SpringJitter::new(factor).map_err(place(Some(setting), position))?);
    }
    builder.build().map_err(|invalid| {
        let culprit = find(invalid.field());
        place(culprit, position)(invalid)
    })
}

/// An invalid setting where it stands, or else where all of them stand.
fn place(setting: Option<&Setting>, position: Position) -> impl FnOnce(Invalid) -> ConfigError {
    let position = setting.map_or(position, Setting::place);
    move |invalid| ConfigError::invalid(position, invalid)
}

fn refuse_unknown(settings: &[Setting]) -> Result<(), ConfigError> {
    for (index, setting) in settings.iter().enumerate() {
        let name = setting.plain_name();
        let refuse = |message| Err(ConfigError::syntax(setting.position, message));
        if !NAMES.iter().any(|known| plain(known) == name) {
            return refuse(format!("there is no setting `{}`; {}", setting.name, advice(&name)));
        }
        if settings.iter().take(index).any(|earlier| earlier.plain_name() == name) {
            return refuse(format!("`{}` is set twice", setting.name));
        }
    }
    Ok(())
}

/// What may have been meant by a name that is none: `plain` is how names are compared.
fn advice(plain_name: &str) -> String {
    let inside = |name: &&&str| plain(name).starts_with(&format!("{plain_name}."));
    let group: Vec<_> = NAMES.iter().filter(inside).copied().collect();
    if !group.is_empty() {
        return format!("it is a group: write {}", group.join(", "));
    }
    let alike = NAMES.iter().find(|name| {
        let (known, last) = (plain(name), plain(name.rsplit('.').next().unwrap_or(name)));
        last == plain_name || distance(&known, plain_name) <= 2
    });
    match alike {
        Some(name) => format!("did you mean `{name}`?"),
        None => format!("there are {}", NAMES.join(", ")),
    }
}

/// Letters to insert, remove or replace to turn one name into the other (Levenshtein's distance).
fn distance(a: &str, b: &str) -> usize {
    let mut row: Vec<usize> = (0..=b.chars().count()).collect();
    for (line, here) in a.chars().enumerate() {
        let mut diagonal = std::mem::replace(&mut row[0], line.saturating_add(1));
        for (column, there) in b.chars().enumerate() {
            let replaced = diagonal.saturating_add(usize::from(here != there));
            diagonal = row[column.saturating_add(1)];
            let shifted = diagonal.min(row[column]).saturating_add(1);
            row[column.saturating_add(1)] = replaced.min(shifted);
        }
    }
    row.last().copied().unwrap_or_default()
}

fn lists<'s>(
    mut builder: RetryFilterBuilder<Spring>,
    find: &impl Fn(&str) -> Option<&'s Setting>,
) -> Result<RetryFilterBuilder<Spring>, ConfigError> {
    if let Some(setting) = find("series") {
        let expected = "must be INFORMATIONAL, SUCCESSFUL, REDIRECTION, CLIENT_ERROR or SERVER_ERROR";
        builder = builder.series(setting.read_all(Series::named, expected)?);
    }
    if let Some(setting) = find("statuses") {
        let expected =
            "must be a status name such as BAD_GATEWAY, a code, a class (5xx) or a range (500-504)";
        let ranges = setting.read_all(Statuses::named, expected)?;
        builder = builder.status_ranges(ranges.into_iter().collect());
    }
    if let Some(setting) = find("methods") {
        let expected = "must be GET, HEAD, POST, PUT, PATCH, DELETE, OPTIONS or TRACE";
        builder = builder.methods(setting.read_all(method::named, expected)?);
    }
    if let Some(setting) = find("exceptions") {
        let known: Vec<_> = CLASSES.iter().map(|(class, _)| *class).collect();
        let expected = format!("must be one of {}", known.join(", "));
        builder = builder.exceptions(setting.read_all(Exception::named, &expected)?);
    }
    Ok(builder)
}

/// The backoff, if any setting of it is there: Spring's `firstBackoff` is 5 ms unless set.
fn backoff<'s>(find: &impl Fn(&str) -> Option<&'s Setting>) -> Result<Option<SpringBackoff>, ConfigError> {
    let (first, most) = (find("backoff.firstBackoff"), find("backoff.maxBackoff"));
    let (factor, based) = (find("backoff.factor"), find("backoff.basedOnPreviousValue"));
    let Some(any) = first.or(most).or(factor).or(based) else { return Ok(None) };
    let first_length = match first {
        None => Duration::from_millis(5),
        Some(setting) if setting.items.is_empty() => {
            return Err(setting.invalid("empty", "firstBackoff must be present"));
        }
        Some(setting) => length(setting, "firstBackoff must be > 0")?,
    };
    let cap = most.map(|setting| length(setting, "maxBackoff must be >= firstBackoff")).transpose()?;
    let culprit = |invalid: Invalid| {
        let setting = find(invalid.field()).or(Some(any));
        place(setting, any.position)(invalid)
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

/// A duration that is not negative; `bound` is what a negative one breaks.
fn length(setting: &Setting, bound: &str) -> Result<Duration, ConfigError> {
    let duration = setting.duration()?;
    duration.non_negative().ok_or_else(|| setting.invalid(duration, bound))
}

/// The words that Spring takes for a boolean.
fn boolean(text: &str) -> Option<bool> {
    match text.to_ascii_lowercase().as_str() {
        "true" | "on" | "yes" | "1" => Some(true),
        "false" | "off" | "no" | "0" => Some(false),
        _ => None,
    }
}
