//! [`Trace`]: an observer that writes `tracing` events; and the span of a call: with the feature `tracing`.

mod traced;

use tracing::{debug, warn};

use crate::decision::{Decision, Reason};
use crate::observe::{Event, Observer};
use crate::verdict::Verdict;

pub use self::traced::Traced;

/// Writes a `tracing` event for each retry, and one for the end of a call that needed any or gave up.
///
/// A retry is `DEBUG`, with `retry.attempt`, `retry.kind`, `retry.elapsed_ms` and `retry.delay_ms`; so is a success after
/// retries. A call that gives up is `WARN`, with `retry.reason`. A success at the first attempt and an outcome that is
/// rejected at once write nothing. There is no outcome in any of them, and so no secret.
///
/// For a span around the whole call, see [`Retry::traced`](crate::Retry::traced).
///
/// ```
/// use persevere::{Policy, Trace};
///
/// let policy = Policy::default().observe(Trace);
/// # let _ = policy;
/// ```
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Trace;

impl Observer for Trace {
    fn observe(&self, event: &Event) {
        let number = event.attempt.number();
        let elapsed = millis(event.attempt.elapsed());
        match (event.decision, event.verdict) {
            (Decision::Retry(delay), Some(Verdict::Retry { kind, .. })) => debug!(
                retry.attempt = number,
                retry.kind = kind.as_str(),
                retry.elapsed_ms = elapsed,
                retry.delay_ms = millis(delay),
                "retrying"
            ),
            (Decision::Stop(Reason::Accepted | Reason::Rejected), _) if number == 1 => {}
            (Decision::Stop(Reason::Accepted), _) => {
                debug!(retry.attempt = number, retry.elapsed_ms = elapsed, "succeeded");
            }
            (Decision::Stop(reason), _) => {
                warn!(
                    retry.attempt = number,
                    retry.elapsed_ms = elapsed,
                    retry.reason = reason.as_str(),
                    "gave up"
                );
            }
            (Decision::Retry(_), _) => {} // only a verdict to retry is ever followed by one
        }
    }
}

/// Whole milliseconds; saturates.
fn millis(duration: std::time::Duration) -> u64 {
    u64::try_from(duration.as_millis()).unwrap_or(u64::MAX)
}
