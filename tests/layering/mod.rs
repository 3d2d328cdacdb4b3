//! Imports point down, or to the left within a layer: the table of ARCHITECTURE.md as a test.

mod scan;

/// The layers from the bottom up, the files of each from left to right.
const LAYERS: &[&[&str]] = &[
    &["nanos", "rounded", "clock", "code", "entropy", "error", "verdict", "attempt", "decision"],
    &[
        "operation/numbered",
        "operation/lent",
        "operation/stop_on",
        "operation",
        "classifier",
        "observe",
        "timer",
        "timer/instant",
        "timer/futures_timer",
        "timer/tokio",
        "timer/thread",
        "backoff",
    ],
    &[
        "backoff/constant",
        "backoff/linear",
        "backoff/polynomial",
        "backoff/exponential",
        "backoff/fibonacci",
        "backoff/decorrelated",
        "backoff/sequence",
        "backoff/from_fn",
        "budget/sync",
        "budget/permit",
        "budget/costs",
        "budget/tokens",
        "budget/ratio",
        "budget/models",
        "budget",
        "hints",
        "jitter",
        "limits",
        "timeout",
    ],
    &[
        "compose/and",
        "compose/or",
        "compose/then",
        "compose/by_kind",
        "compose/capped",
        "compose/floor",
        "compose/reset_after",
        "compose",
        "parts",
        "session",
    ],
    &["executor", "again", "blocking", "schedule", "bounds"],
    &[
        "saved",
        "presets",
        "policy/held",
        "policy",
        "config/scalar",
        "config/table",
        "config/configured",
        "config/growth",
        "config/budget",
        "config/raw",
        "config",
        "adjust",
        "report",
        "call",
        "trace/traced",
        "trace",
        "metrics",
        "stream/opening",
        "stream",
    ],
    &["testing/time", "testing/script", "testing/cancel", "testing/model", "testing"],
    &["lib"],
];

#[test]
fn imports_point_down_or_to_the_left() {
    scan::check(env!("CARGO_MANIFEST_DIR"), LAYERS, 60);
}
