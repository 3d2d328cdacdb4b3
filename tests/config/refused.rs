//! What a configuration may not say, and how it is told.

use super::yaml;

const DURATION: &str = "must be a duration with its unit, such as 100ms or 1m 30s";
const ATTEMPTS: &str = "must be none or a whole number from 1 to 4294967295";
const JITTER: &str = "must be none, full, equal or a fraction between 0 and 1";
const COUNT: &str = "must be a whole number from 0 to 4294967295";
const GROWTH: &str =
    "must be one of constant, linear, polynomial, exponential, fibonacci, decorrelated or sequence";

/// Each text is refused with field, value and bound.
fn refused(rows: &[(&str, &str, &str, &str)]) {
    for (text, field, value, bound) in rows {
        let error = yaml(text).unwrap_err();
        let expected = format!("`{field}` is {value}: {bound}");
        assert!(error.contains(&expected), "{text}: {error}");
    }
}

#[test]
fn values_out_of_bounds_are_refused_with_field_value_and_bound() {
    refused(&[
        ("cap: 10", "cap", "10", DURATION),
        ("cap: -1s", "cap", "-1s", DURATION),
        ("cap: 1.5", "cap", "1.5", DURATION),
        ("cap: soon", "cap", "soon", DURATION),
        ("cap: true", "cap", "true", DURATION),
        ("cap: ", "cap", "empty", DURATION),
        ("backoff: none", "backoff", "none", "must be a table such as { exponential: { base: 100ms } }"),
        ("by_kind: 3", "by_kind", "3", "must be a table such as { throttled: { constant: { delay: 5s } } }"),
        ("budget: 0.1", "budget", "0.1", "must be none, or a table such as { tokens: { capacity: 10 } } or "),
        ("budget: { tokens: none }", "budget.tokens", "none", "must be a table such as { capacity: 10, "),
        (
            "budget: { ratio: 0.1 }",
            "budget.ratio",
            "0.1",
            "must be a table such as { ratio: 0.1, per_second: 1 }",
        ),
        (
            "budget: { ratio: { cost: true } }",
            "budget.ratio.cost",
            "true",
            "must be a table such as { throttled",
        ),
        (
            "budget: { ratio: { per_second: 0.5 } }",
            "budget.ratio.per_second",
            "0.5",
            "must be a whole number from 0 to 100000",
        ),
        ("backoff: { sequence: 1s }", "backoff.sequence", "1s", "must be a list such as [1s, 2s]"),
        ("backoff: { linear: -5 }", "backoff.linear", "-5", "must be a table such as { base: 100ms }"),
        ("backoff: { constant: 1.5 }", "backoff.constant", "1.5", "must be a table such as { delay: 100ms }"),
        ("floor: none", "floor", "none", DURATION),
        ("cap: 50ms", "backoff.exponential.base", "100ms", "must be at most the cap of 50ms"),
        ("floor: 11s", "floor", "11s", "must be at most the cap of 10s"),
        ("attempts: 0", "attempts", "0", ATTEMPTS),
        ("attempts: -1", "attempts", "-1", ATTEMPTS),
        ("attempts: 2.5", "attempts", "2.5", ATTEMPTS),
        ("attempts: 4294967296", "attempts", "4294967296", ATTEMPTS),
        ("within: 0s", "within", "0s", "must be longer than 0s"),
        ("reset_after: 0s", "reset_after", "0s", "must be longer than 0s"),
        ("jitter: some", "jitter", "some", JITTER),
        ("jitter: 1.5", "jitter", "1.5", "must be between 0 and 1"),
        ("jitter: .nan", "jitter", "NaN", "must be between 0 and 1"),
    ]);
}

#[test]
fn growth_and_budgets_out_of_bounds_are_refused_with_field_value_and_bound() {
    refused(&[
        ("backoff: { exponential: {} }", "backoff.exponential.base", "missing", DURATION),
        (
            "backoff: { exponential: { base: 0s } }",
            "backoff.exponential.base",
            "0s",
            "must be longer than 0s",
        ),
        (
            "backoff: { exponential: { base: 1s, factor: 0.5 } }",
            "backoff.exponential.factor",
            "0.5",
            "must be finite and at least 1",
        ),
        (
            "backoff: { exponential: { base: 1s, factor: two } }",
            "backoff.exponential.factor",
            "two",
            "must be a number",
        ),
        ("backoff: { polynomial: { base: 1s } }", "backoff.polynomial.degree", "missing", COUNT),
        (
            "backoff: { constant: { delay: 11s } }\ncap: 10s",
            "backoff.constant.delay",
            "11s",
            "must be at most the cap of 10s",
        ),
        ("backoff: { sequence: [1s, 2] }", "backoff.sequence", "2", DURATION),
        (
            "backoff: { sequence: [1s, 2s] }\ncap: 1s",
            "backoff.sequence",
            "2s",
            "must be at most the cap of 1s",
        ),
        (
            "backoff: { constant: { delay: 1s }, fibonacci: { base: 1s } }",
            "backoff",
            "2 kinds of growth",
            GROWTH,
        ),
        ("by_kind: { throttled: {} }", "by_kind.throttled", "0 kinds of growth", GROWTH),
        (
            "by_kind: { throttled: { linear: { base: 0s } } }",
            "by_kind.throttled.linear.base",
            "0s",
            "must be longer than 0s",
        ),
        ("backoff: {}", "backoff", "0 kinds of growth", GROWTH),
        ("backoff: { sequence: [] }", "backoff.sequence", "empty", "must have at least one delay"),
        ("backoff:", "backoff", "empty", "must be a table such as { exponential: "),
        ("backoff: { constant: }", "backoff.constant", "empty", "must be a table such as { delay: 100ms }"),
        ("backoff: { sequence: }", "backoff.sequence", "empty", "must be a list such as [1s, 2s]"),
        ("by_kind:", "by_kind", "empty", "must be a table such as { throttled: "),
        ("by_kind: { throttled: }", "by_kind.throttled", "empty", "must be a table such as { exponential: "),
        ("budget:", "budget", "empty", "must be none, or a table such as { tokens: "),
        ("budget: { tokens: }", "budget.tokens", "empty", "must be a table such as { capacity: 10, "),
        (
            "budget: { tokens: { cost: } }",
            "budget.tokens.cost",
            "empty",
            "must be a table such as { throttled",
        ),
        ("budget: {}", "budget", "empty", "must be none, tokens or ratio"),
        (
            "budget: { tokens: { capacity: 1, cost: { throttled: 5 } } }",
            "budget.tokens.cost.throttled",
            "5",
            "must be between 0 and 1 tokens",
        ),
        (
            "{ backoff: { decorrelated: { base: 1s } }, by_kind: { throttled: { constant: { delay: 1s } } } }",
            "jitter",
            "missing",
            JITTER,
        ),
        ("budget: { tokens: {}, ratio: {} }", "budget", "both", "must be none, tokens or ratio"),
        (
            "budget: { tokens: { capacity: 0 } }",
            "budget.tokens.capacity",
            "0",
            "must be a whole number from 1 to 1000000",
        ),
        (
            "budget: { tokens: { capacity: many } }",
            "budget.tokens.capacity",
            "many",
            "must be a whole number",
        ),
        (
            "budget: { ratio: { cost: { not_sent: -1 } } }",
            "budget.ratio.cost.not_sent",
            "-1",
            "must be between 0 and 10 retries",
        ),
    ]);
}

#[test]
fn what_does_not_exist_is_refused_by_its_name() {
    for (text, names) in [
        ("atempts: 3", ["`atempts`", "`attempts`"]),
        ("backoff: { exponental: { base: 1s } }", ["`exponental`", "`exponential`"]),
        ("backoff: { exponential: { base: 1s, facter: 2 } }", ["`facter`", "`factor`"]),
        ("by_kind: { transient: { constant: { delay: 1s } } }", ["`transient`", "`throttled`"]),
        ("budget: { tokens: { size: 3 } }", ["`size`", "`capacity`"]),
        ("budget: { ratio: { cost: { slow: 3 } } }", ["`slow`", "`throttled`"]),
        ("backoff: exponential", ["`backoff` is exponential", "such as { exponential: { base: 100ms } }"]),
        ("[1, 2]", ["sequence", "a retry policy"]),
        ("cap: [1s]", ["sequence", "a single value"]),
    ] {
        let error = yaml(text).unwrap_err();
        assert!(names.iter().all(|name| error.contains(name)), "{text}: {error}");
    }
}
