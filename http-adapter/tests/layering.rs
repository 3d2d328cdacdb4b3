//! Imports point down, or to the left within a layer: the table of ARCHITECTURE.md as a test.

#[path = "../../tests/layering/scan.rs"]
mod scan;

/// The layers from the bottom up, the files of each from left to right.
const LAYERS: &[&[&str]] = &[
    &[
        "list",
        "position",
        "warning",
        "method",
        "status",
        "reuse",
        "connector",
        "retry_after",
        "rate_limit",
        "pushback",
        "redacted",
        "drain",
        "replay/pool",
        "replay/shared",
        "replay/kept",
        "replay/body",
        "replay/source",
        "replay",
        "failure",
        "failure/stated",
        "failure/io",
        "failure/tokio",
        "failure/h2",
        "failure/hyper",
        "failure/reqwest",
        "attempt_timeout",
        "peek/body",
        "peek",
        "exception",
        "spring_backoff/tests",
        "spring_backoff",
        "config/duration",
        "config/error",
        "config/setting",
        "config/size",
        "config/args",
    ],
    &[
        "rules/head",
        "rules/request",
        "rules/row",
        "rules/gateway/tests",
        "rules/gateway",
        "rules/spring",
        "rules",
        "explanation",
        "classifier",
    ],
    &[
        "filter/settings",
        "filter/backoff",
        "filter/policy",
        "filter/builder/spring",
        "filter/builder/gateway",
        "filter/builder/built",
        "filter/builder",
        "filter/forecast",
        "filter",
    ],
    &[
        "config/lint",
        "config/common",
        "config/spring",
        "config/gateway",
        "config/bind",
        "config/shortcut",
        "config/yaml",
        "config",
    ],
    &["stopping", "exchange", "service"],
    &["layer"],
    &["lib"],
];

#[test]
fn imports_point_down_or_to_the_left() {
    scan::check(env!("CARGO_MANIFEST_DIR"), LAYERS, 30);
}
