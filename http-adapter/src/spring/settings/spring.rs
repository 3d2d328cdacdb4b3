//! From settings to the rules of Spring.

use std::time::Duration;

use persevere::Invalid;

use super::args::Args;
use super::grpc;
use super::method_name;
use super::setting::Setting;
use crate::spring::arithmetic::{SpringBackoff, SpringJitter};
use crate::spring::error::{ConfigError, Problems};
use crate::spring::exception::{CLASSES, Exception};
use crate::spring::rules::SpringRules;
use crate::spring::series::Series;
use crate::spring::status_name;
use crate::status::Statuses;

/// Settings that only the profile `gateway` has.
const ELSEWHERE: [&str; 7] = [
    "idempotent",
    "idempotencyKey",
    "nonIdempotent",
    "throttledNonIdempotent",
    "badHead",
    "rateLimit",
    "retryAfter.spread",
];

/// Reads the rules of the profile `spring`.
pub(super) fn rules(args: Args<'_>, problems: &mut Problems) -> SpringRules {
    for name in ELSEWHERE {
        if let Some(setting) = args.find(name) {
            let message =
                format!("`{}` belongs to the profile `gateway`: add `profile: gateway`", setting.name);
            problems.add(ConfigError::syntax(setting.position, message));
        }
    }
    let mut rules = lists(args, problems);
    if let Some(backoff) = problems.take(backoff(args)).flatten() {
        rules = rules.backoff(backoff);
    }
    match args.find("jitter.randomFactor").and_then(|setting| {
        let factor = problems.take(setting.read(|text| text.parse().ok(), "must be a number"))?;
        problems.take(SpringJitter::new(factor).map_err(|invalid| args.refused(invalid)))
    }) {
        Some(jitter) => rules.jitter(jitter),
        None => rules,
    }
}

fn lists(args: Args<'_>, problems: &mut Problems) -> SpringRules {
    let mut rules = SpringRules::default();
    let series = Series::ALL.map(Series::as_str);
    let expected = "must be INFORMATIONAL, SUCCESSFUL, REDIRECTION, CLIENT_ERROR or SERVER_ERROR";
    let read = args.find("series").map(|setting| setting.read_all(Series::named, expected, &series));
    if let Some(series) = read.and_then(|series| problems.take(series)) {
        rules = rules.series(series);
    }
    if let Some(ranges) = args.find("statuses").and_then(|setting| problems.take(statuses(setting))) {
        rules = rules.status_ranges(ranges);
    }
    if let Some(codes) = args.find("grpcCodes").and_then(|setting| problems.take(grpc::codes(setting))) {
        rules = rules.grpc_codes(codes);
    }
    let read = args
        .find("methods")
        .map(|setting| setting.read_all(method_name::named, method_name::EXPECTED, &method_name::NAMES));
    if let Some(methods) = read.and_then(|methods| problems.take(methods)) {
        rules = rules.methods(methods);
    }
    let classes: Vec<_> = CLASSES.iter().map(|(class, _)| *class).collect();
    let simple = classes.iter().filter_map(|class| class.rsplit('.').next());
    let known: Vec<_> = classes.iter().copied().chain(simple).collect();
    let expected = format!("must be one of {}", classes.join(", "));
    let read = args.find("exceptions").map(|setting| setting.read_all(Exception::named, &expected, &known));
    if let Some(exceptions) = read.and_then(|exceptions| problems.take(exceptions)) {
        rules = rules.exceptions(exceptions);
    }
    rules
}

/// The status codes of a setting.
pub(super) fn statuses(setting: &Setting) -> Result<Statuses, ConfigError> {
    let names: Vec<_> = Statuses::names().collect();
    let ranges = setting.read_all(Statuses::named, status_name::EXPECTED, &names)?;
    Ok(ranges.into_iter().collect())
}

/// Returns the backoff, or `None` without a setting of `backoff`.
///
/// As in Spring, `firstBackoff` is 5 ms by default.
fn backoff(args: Args<'_>) -> Result<Option<SpringBackoff>, ConfigError> {
    let (first, most) = (args.find("backoff.firstBackoff"), args.find("backoff.maxBackoff"));
    let (factor, based) = (args.find("backoff.factor"), args.find("backoff.basedOnPreviousValue"));
    let Some(any) = first.or(most).or(factor).or(based) else { return Ok(None) };
    let mut problems = Problems::default();
    let first_length = match first {
        None => Ok(Duration::from_millis(5)),
        Some(setting) if setting.items.is_empty() => {
            Err(setting.invalid("empty", "firstBackoff must be present"))
        }
        Some(setting) => setting.length("firstBackoff must be > 0"),
    };
    let first_length = problems.take(first_length);
    let cap = most.map(|setting| setting.length("maxBackoff must be >= firstBackoff"));
    let cap = cap.map(|cap| problems.take(cap));
    let factor =
        factor.map(|setting| setting.read(|text| text.parse().ok(), "must be a whole number of 32 bits"));
    let factor = factor.and_then(|factor| problems.take(factor));
    let based = based.and_then(|setting| problems.take(setting.boolean()));
    // A value that cannot be read cannot be compared with the others.
    let (Some(first), false) = (first_length, cap == Some(None)) else { return problems.end(None) };
    let culprit = |invalid: Invalid| {
        let setting = args.find(invalid.field());
        ConfigError::invalid(setting.unwrap_or(any).place(), invalid)
    };
    let backoff = problems.take(SpringBackoff::new(first, cap.flatten()).map_err(culprit));
    let backoff = backoff.map(|backoff| factor.map_or(backoff, |factor| backoff.factor(factor)));
    problems.end(backoff.map(|backoff| based.map_or(backoff, |based| backoff.based_on_previous_value(based))))
}
