//! [`Moment`]: a point in time as `After`, `Before` and `Between` have it.

use std::time::Duration;

use jiff::Timestamp;

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
        let time: Timestamp = text.parse().ok()?;
        Duration::try_from(time.as_duration()).ok().map(Self)
    }

    /// Returns true if `now` is later.
    pub(crate) fn is_over(self, now: Duration) -> bool {
        now > self.0
    }
}
