//! [`Moment`]: a point in time as `After`, `Before` and `Between` have it.

use std::time::Duration;

const MINUTE: u64 = 60;
const DAY: u64 = 86_400;

/// A point in time, since 1970.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Moment(Duration);

impl Moment {
    /// The bound that an error names.
    pub(crate) const EXPECTED: &str = "must be a time with its offset, as 2026-01-20T17:42:47+01:00[Europe/Berlin], or milliseconds since 1970";

    /// Reads a time of Java's `ZonedDateTime`, or milliseconds.
    ///
    /// The offset counts. The name of the zone does not.
    pub(crate) fn parse(text: &str) -> Option<Self> {
        if let Ok(millis) = text.parse() {
            return Some(Self(Duration::from_millis(millis)));
        }
        let text = text.split_once('[').map_or(text, |(text, _)| text);
        let (date, time) = text.split_once('T')?;
        let mut parts = date.split('-');
        let (year, month, day) = (number(parts.next()?)?, number(parts.next()?)?, number(parts.next()?)?);
        let at = time.find(['Z', '+', '-'])?;
        let (time, offset) = time.split_at(at);
        let days = days(year, month, day).filter(|_| parts.next().is_none())?;
        let local = Duration::from_secs(days.checked_mul(DAY)?).checked_add(clock(time)?)?;
        let moment = match (offset.get(..1)?, offset.get(1..)?) {
            ("Z", "") => local,
            ("+", offset) => local.checked_sub(clock(offset)?)?,
            ("-", offset) => local.checked_add(clock(offset)?)?,
            _ => return None,
        };
        Some(Self(moment))
    }

    /// Returns true if `now` is later.
    pub(crate) fn is_over(self, now: Duration) -> bool {
        now > self.0
    }
}

fn number(text: &str) -> Option<u64> {
    text.bytes().all(|byte| byte.is_ascii_digit()).then(|| text.parse().ok())?
}

/// `17:42`, `17:42:47` or `17:42:47.789`.
fn clock(text: &str) -> Option<Duration> {
    let (text, fraction) = text.split_once('.').unwrap_or((text, ""));
    let nanos = if fraction.is_empty() { 0 } else { number(&format!("{fraction:0<9}"))? };
    let mut parts = text.split(':');
    let (hours, minutes) = (number(parts.next()?)?, number(parts.next()?)?);
    let seconds = parts.next().map_or(Some(0), number)?;
    let is_clock = hours < 24 && minutes < 60 && seconds < 60 && nanos < 1_000_000_000;
    let total = hours.checked_mul(MINUTE)?.checked_add(minutes)?.checked_mul(MINUTE)?.checked_add(seconds)?;
    let length = Duration::from_secs(total).checked_add(Duration::from_nanos(nanos))?;
    (is_clock && parts.next().is_none()).then_some(length)
}

/// Days from the first one of 1970 to a date after it.
fn days(year: u64, month: u64, day: u64) -> Option<u64> {
    let is_leap = |year: u64| year % 4 == 0 && (year % 100 != 0 || year % 400 == 0);
    let lengths = [31, if is_leap(year) { 29 } else { 28 }, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31];
    let month = usize::try_from(month.checked_sub(1)?).ok()?;
    let is_date = (1970..=9999).contains(&year) && (1..=*lengths.get(month)?).contains(&day);
    let years = (1970..year).map(|year| if is_leap(year) { 366 } else { 365 });
    let total: u64 = years.chain(lengths.into_iter().take(month)).sum();
    is_date.then(|| total.saturating_add(day).saturating_sub(1))
}
