//! Delays as text.

use std::time::Duration;

/// A bar for each delay, as high as it is long against the longest one: `▁▂▄█`.
///
/// ```
/// use persevere::testing::sparkline;
/// use persevere::{BackoffExt, Schedule, exponential};
/// use std::time::Duration;
///
/// let policy = exponential(Duration::from_millis(100)).capped(Duration::from_secs(1)).attempts(8);
/// assert_eq!(sparkline(Schedule::of(&policy, 0).delays()), "▁▂▄▇███");
/// ```
#[must_use]
pub fn sparkline(delays: &[Duration]) -> String {
    const BARS: [char; 8] = ['▁', '▂', '▃', '▄', '▅', '▆', '▇', '█'];
    let longest = delays.iter().max().map_or(0.0, Duration::as_secs_f64);
    let bar = |delay: &Duration| {
        let part = if longest > 0.0 { delay.as_secs_f64() / longest } else { 0.0 };
        #[expect(
            clippy::cast_possible_truncation,
            clippy::cast_sign_loss,
            reason = "one of eight, and a cast saturates"
        )]
        BARS[((part * 8.0).ceil() as usize).clamp(1, 8).saturating_sub(1)]
    };
    delays.iter().map(bar).collect()
}

/// A duration in three digits and its unit: `49.4ms`.
#[must_use]
pub fn short_duration(time: Duration) -> String {
    if time.is_zero() {
        return "0".to_owned();
    }
    let seconds = time.as_secs_f64();
    let (value, unit) = match seconds {
        _ if seconds >= 86_400.0 => (seconds / 86_400.0, "d"),
        _ if seconds >= 3_600.0 => (seconds / 3_600.0, "h"),
        _ if seconds >= 60.0 => (seconds / 60.0, "min"),
        _ if seconds >= 1.0 => (seconds, "s"),
        _ if seconds >= 1e-3 => (seconds * 1e3, "ms"),
        _ if seconds >= 1e-6 => (seconds * 1e6, "µs"),
        _ => (seconds * 1e9, "ns"),
    };
    let places = match value {
        _ if value >= 99.95 => 0,
        _ if value >= 9.995 => 1,
        _ => 2,
    };
    let text = format!("{value:.places$}");
    let text = if text.contains('.') { text.trim_end_matches('0').trim_end_matches('.') } else { &text };
    format!("{text}{unit}")
}
