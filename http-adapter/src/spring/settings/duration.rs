//! Durations as Spring Boot writes them: `100ms`, `2s`, `1500` (milliseconds), `PT1.5S`.

use std::fmt;
use std::time::Duration;

/// A duration that may be negative, since settings are told apart from garbage before they are judged.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Signed {
    pub(crate) negative: bool,
    pub(crate) length: Duration,
}

impl Signed {
    /// The duration, unless it is below zero.
    pub(crate) const fn non_negative(self) -> Option<Duration> {
        if self.negative && !self.length.is_zero() { None } else { Some(self.length) }
    }
}

impl fmt::Display for Signed {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}{:?}", if self.negative { "-" } else { "" }, self.length)
    }
}

/// Reads a simple duration (a whole number and one of `ns us ms s m h d`, no unit meaning milliseconds) or an
/// ISO 8601 duration in days, hours, minutes and seconds, without minus signs inside. `None` for anything else.
pub(crate) fn parse(text: &str) -> Option<Signed> {
    let text = text.trim();
    let (negative, unsigned) = match text.as_bytes().first()? {
        b'-' => (true, &text[1..]),
        b'+' => (false, &text[1..]),
        _ => (false, text),
    };
    let length = if unsigned.starts_with(['P', 'p']) { iso(&unsigned[1..])? } else { simple(unsigned)? };
    Some(Signed { negative, length })
}

fn simple(text: &str) -> Option<Duration> {
    let digits = text.bytes().take_while(u8::is_ascii_digit).count();
    let (number, unit) = text.split_at(digits);
    let nanos: u64 = match unit.to_ascii_lowercase().as_str() {
        "ns" => 1,
        "us" => 1_000,
        "" | "ms" => 1_000_000,
        "s" => SECOND,
        "m" => 60 * SECOND,
        "h" => 3_600 * SECOND,
        "d" => DAY,
        _ => return None,
    };
    times(number.parse().ok()?, nanos)
}

const SECOND: u64 = 1_000_000_000;
const DAY: u64 = 86_400 * SECOND;

/// `P` is off already: `1DT2H3M4.5S`, each part optional, at least one there, in this order.
fn iso(text: &str) -> Option<Duration> {
    let (days, time) = match text.split_once(['T', 't']) {
        Some((_, "")) => return None,
        Some((days, time)) => (days, time),
        None => (text, ""),
    };
    let mut total = Duration::ZERO;
    let mut rest = days;
    if let Some((count, after)) = rest.split_once(['D', 'd']) {
        total = times(count.parse().ok()?, DAY)?;
        rest = after;
    }
    let mut parts = usize::from(!days.is_empty());
    if !rest.is_empty() {
        return None;
    }
    rest = time;
    for (unit, nanos) in [(['H', 'h'], 3_600 * SECOND), (['M', 'm'], 60 * SECOND), (['S', 's'], SECOND)] {
        if let Some((count, after)) = rest.split_once(unit) {
            let part = if nanos == SECOND { seconds(count)? } else { times(count.parse().ok()?, nanos)? };
            total = total.checked_add(part)?;
            rest = after;
            parts = parts.saturating_add(1);
        }
    }
    (parts > 0 && rest.is_empty()).then_some(total)
}

/// Seconds with up to nine digits after the point.
fn seconds(text: &str) -> Option<Duration> {
    let (whole, fraction) = text.split_once(['.', ',']).unwrap_or((text, ""));
    if fraction.len() > 9 || !fraction.bytes().all(|byte| byte.is_ascii_digit()) {
        return None;
    }
    let nanos: u32 = format!("{fraction:0<9}").parse().ok()?;
    times(whole.parse().ok()?, SECOND)?.checked_add(Duration::from_nanos(nanos.into()))
}

/// `count` units of `nanos` nanoseconds, if that many can be told.
fn times(count: u64, nanos: u64) -> Option<Duration> {
    let total = u128::from(count).checked_mul(nanos.into())?;
    let seconds = u64::try_from(total / 1_000_000_000).ok()?;
    let rest = u32::try_from(total % 1_000_000_000).ok()?;
    Some(Duration::new(seconds, rest))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn spring_durations_are_read() {
        for (text, negative, length) in [
            ("10ms", false, Duration::from_millis(10)),
            ("1500", false, Duration::from_millis(1500)),
            ("0", false, Duration::ZERO),
            (" 2s ", false, Duration::from_secs(2)),
            ("7NS", false, Duration::from_nanos(7)),
            ("7us", false, Duration::from_micros(7)),
            ("+3m", false, Duration::from_secs(180)),
            ("-1h", true, Duration::from_secs(3600)),
            ("2d", false, Duration::from_secs(172_800)),
            ("PT1S", false, Duration::from_secs(1)),
            ("-PT1S", true, Duration::from_secs(1)),
            ("pt0.05s", false, Duration::from_millis(50)),
            ("PT1.000000001S", false, Duration::from_nanos(1_000_000_001)),
            ("PT1,5S", false, Duration::from_millis(1500)),
            ("PT1.S", false, Duration::from_secs(1)),
            ("P1DT2H3M4.5S", false, Duration::from_millis(93_784_500)),
            ("P2D", false, Duration::from_secs(172_800)),
            ("PT90M", false, Duration::from_secs(5400)),
            ("18446744073709551615s", false, Duration::from_secs(u64::MAX)),
            ("18446744073709551615ns", false, Duration::from_nanos(u64::MAX)),
        ] {
            assert_eq!(parse(text), Some(Signed { negative, length }), "{text}");
        }
    }

    #[test]
    fn everything_else_is_refused() {
        for text in [
            "",
            " ",
            "-",
            "ms",
            "1.5s",
            "1e3",
            "10 ms",
            "10x",
            "10msec",
            "P",
            "PT",
            "P1D2H",
            "PT1S2M",
            "PT.5S",
            "PT1.0000000001S",
            "PT-1S",
            "--1s",
            "1s1s",
            "18446744073709551616",
            "18446744073709551615h",
            "∞",
            "１s",
        ] {
            assert_eq!(parse(text), None, "{text}");
        }
    }

    #[test]
    fn minus_zero_is_not_negative() {
        assert_eq!(parse("-0s").and_then(Signed::non_negative), Some(Duration::ZERO));
        assert_eq!(parse("-1ns").and_then(Signed::non_negative), None);
        assert_eq!(parse("-1500ms").map(|signed| signed.to_string()).as_deref(), Some("-1.5s"));
    }
}
