//! From settings to a filter of the profile `gateway`.

use persevere::exponential;

use super::args::Args;
use super::grpc;
use super::method_name;
use super::setting::Setting;
use super::spring::statuses;
use crate::filter::{RetryFilterBuilder, Waits};
use crate::rules::GatewayRules;
use crate::spring::error::{ConfigError, Problems};

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

/// Adds the settings that only the profile `gateway` has.
pub(super) fn add(
    builder: RetryFilterBuilder,
    args: Args<'_>,
    problems: &mut Problems,
) -> RetryFilterBuilder {
    for (name, instead) in ELSEWHERE {
        if let Some(setting) = args.find(name) {
            let message = format!("`{name}` belongs to the profile `spring`: here, {instead}");
            problems.add(ConfigError::syntax(setting.position, message));
        }
    }
    let mut builder = builder.rules(rules(args, problems));
    let spread = args.find("retryAfter.spread").map(|setting| setting.length("must not be negative"));
    if let Some(spread) = spread.and_then(|spread| problems.take(spread)) {
        builder = builder.wait_spread(spread);
    }
    match problems.take(waits(args)).flatten() {
        Some(waits) => builder.waits(waits),
        None => builder,
    }
}

fn rules(args: Args<'_>, problems: &mut Problems) -> GatewayRules {
    let mut rules = GatewayRules::default();
    if let Some(ranges) = args.find("statuses").and_then(|setting| problems.take(statuses(setting))) {
        rules = rules.status_ranges(ranges);
    }
    let methods =
        |setting: &Setting| setting.read_all(method_name::named, method_name::EXPECTED, &method_name::NAMES);
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

/// Returns the growing waits, or `None` without a `backoff`.
///
/// The waits grow from `firstBackoff` (25 ms by default) to `maxBackoff` (1 s by default, and at least `firstBackoff`).
fn waits(args: Args<'_>) -> Result<Option<Waits>, ConfigError> {
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
    problems.end(Some(Waits::growing_as(grown.unwrap_or(waits), cap)))
}
