//! From settings to a filter of the profile `gateway`.

use std::time::Duration;

use persevere::{Exponential, exponential};

use super::args::Args;
use super::error::{ConfigError, Problems};
use super::grpc;
use super::setting::Setting;
use super::spring::statuses;
use crate::filter::{Gateway, RetryFilter, RetryFilterBuilder, Waits};
use crate::method;
use crate::rules::GatewayRules;

/// Settings that only the profile `spring` has, each with the alternative here.
const ELSEWHERE: [(&str, &str); 5] = [
    ("series", "write the codes into `statuses`, as 5xx"),
    (
        "methods",
        "the method and the failure decide whether a request is sent again; `idempotent` adds methods",
    ),
    ("exceptions", "the method and the failure decide whether a request is sent again"),
    ("backoff.basedOnPreviousValue", "each wait is drawn from its whole length"),
    ("jitter.randomFactor", "each wait is drawn from its whole length"),
];

/// Reads the settings of the profile `gateway`.
pub(super) fn builder(args: Args<'_>, problems: &mut Problems) -> RetryFilterBuilder<Gateway> {
    for (name, instead) in ELSEWHERE {
        if let Some(setting) = args.find(name) {
            let message = format!("`{name}` belongs to the profile `spring`: here, {instead}");
            problems.add(ConfigError::syntax(setting.position, message));
        }
    }
    let mut builder = RetryFilter::gateway().rules(rules(args, problems));
    let mut length = |name: &str| {
        args.find(name).and_then(|setting| problems.take(setting.length("must not be negative")))
    };
    if let Some(longest) = length("retryAfter.max") {
        builder = builder.max_wait(longest);
    }
    if let Some(spread) = length("retryAfter.spread") {
        builder = builder.wait_spread(spread);
    }
    match problems.take(waits(args)).flatten() {
        Some((waits, cap)) => builder.growing(waits, cap),
        None => builder,
    }
}

fn rules(args: Args<'_>, problems: &mut Problems) -> GatewayRules {
    let mut rules = GatewayRules::default();
    if let Some(ranges) = args.find("statuses").and_then(|setting| problems.take(statuses(setting))) {
        rules = rules.status_ranges(ranges);
    }
    let methods = |setting: &Setting| setting.read_all(method::named, method::EXPECTED, &method::NAMES);
    if let Some(methods) = args.find("idempotent").and_then(|setting| problems.take(methods(setting))) {
        rules = rules.idempotent(methods);
    }
    if let Some(codes) = args.find("grpcCodes").and_then(|setting| problems.take(grpc::codes(setting))) {
        rules = rules.grpc_codes(codes);
    }
    let switches: [(&str, Switch); 5] = [
        ("idempotencyKey", GatewayRules::idempotency_key),
        ("nonIdempotent", GatewayRules::non_idempotent),
        ("throttledNonIdempotent", GatewayRules::throttled_non_idempotent),
        ("badHead", GatewayRules::bad_head),
        ("rateLimit", GatewayRules::rate_limit),
    ];
    for (name, switch) in switches {
        if let Some(is_on) = args.find(name).and_then(|setting| problems.take(setting.boolean())) {
            rules = switch(rules, is_on);
        }
    }
    rules
}

/// Turns a rule on or off.
type Switch = fn(GatewayRules, bool) -> GatewayRules;

/// Returns the growing waits and their cap, or `None` without a `backoff`.
///
/// The waits grow from `firstBackoff` (25 ms by default) to `maxBackoff` (1 s by default, and at least `firstBackoff`).
fn waits(args: Args<'_>) -> Result<Option<(Exponential, Duration)>, ConfigError> {
    let (first, most) = (args.find("backoff.firstBackoff"), args.find("backoff.maxBackoff"));
    let factor = args.find("backoff.factor");
    if first.or(most).or(factor).is_none() {
        return Ok(None);
    }
    let mut problems = Problems::default();
    let mut length = |name: &str, otherwise| match args.find(name) {
        Some(setting) => problems.take(setting.length("must not be negative")),
        None => Some(otherwise),
    };
    let base = length("backoff.firstBackoff", Waits::BASE);
    let cap = length("backoff.maxBackoff", base.unwrap_or(Waits::BASE).max(Waits::CAP));
    let factor = factor.and_then(|setting| {
        let factor: f64 = problems.take(setting.read(|text| text.parse().ok(), "must be a number"))?;
        let checked = exponential(Waits::BASE).factor(factor);
        problems.take(checked.map_err(|invalid| setting.invalid(factor, invalid.bound())))?;
        Some(factor)
    });
    let (Some(base), Some(cap)) = (base, cap) else { return problems.end(None) };
    if let Some(setting) = most.filter(|_| cap < base) {
        problems.add(setting.invalid(format!("{cap:?}"), "maxBackoff must be >= firstBackoff"));
    }
    let waits = exponential(base);
    let grown = factor.and_then(|factor| exponential(base).factor(factor).ok());
    problems.end(Some((grown.unwrap_or(waits), cap)))
}
