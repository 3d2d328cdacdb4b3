//! [`Moment`]: a point in time as `After`, `Before` and `Between` have it.

use std::time::Duration;

use jiff::SignedDuration;
use jiff::civil::date;
use jiff::fmt::temporal::Pieces;

/// A point in time, since 1970.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Moment(SignedDuration);

impl Moment {
    /// The bound that an error names.
    pub(crate) const EXPECTED: &str = "must be a time with its offset, as 2026-01-20T17:42:47+01:00[Europe/Berlin], or milliseconds since 1970";

    /// Reads a time of Java's `ZonedDateTime`, or milliseconds.
    ///
    /// The offset counts. The name of the zone does not. A [`jiff::Timestamp`] would end before the last day of 9999, which files
    /// name for a time that never comes.
    pub(crate) fn parse(text: &str) -> Option<Self> {
        if let Ok(millis) = text.parse() {
            return Some(Self(SignedDuration::from_millis(millis)));
        }
        let text = text.split_once('[').map_or(text, |(text, _)| text);
        let pieces = Pieces::parse(text).ok()?;
        let local = pieces.date().to_datetime(pieces.time()?).duration_since(date(1970, 1, 1).at(0, 0, 0, 0));
        let offset = SignedDuration::from_secs(pieces.to_numeric_offset()?.seconds().into());
        local.checked_sub(offset).map(Self)
    }

    /// Returns true if `now` is later.
    pub(crate) fn is_over(self, now: Duration) -> bool {
        SignedDuration::try_from(now).is_ok_and(|now| now > self.0)
    }
}
