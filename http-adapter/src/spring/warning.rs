//! [`Warning`]: a valid setting that is easily misread, with its place.

use std::fmt;

use super::position::Position;
use crate::filter::RetryFilter;

/// A valid setting that is easily misread.
///
/// ```
/// use persevere_http::{RetryFilter, spring::Trap};
///
/// let filter: RetryFilter = "Retry=3,BAD_GATEWAY,GET,50ms".parse()?;
/// let [warning] = filter.warnings() else { panic!("{:?}", filter.warnings()) };
/// assert_eq!((warning.trap(), warning.position().column), (Trap::StatusesAddToSeries, 9));
/// assert_eq!(warning.instead(), "args with `series: []`");
/// # Ok::<(), persevere_http::spring::ConfigError>(())
/// ```
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Warning {
    position: Position,
    trap: Trap,
    instead: String,
}

impl Warning {
    pub(crate) fn new(trap: Trap, position: Position, instead: impl Into<String>) -> Self {
        Self { position, trap, instead: instead.into() }
    }

    /// Returns the place of the setting.
    #[must_use]
    pub const fn position(&self) -> Position {
        self.position
    }

    /// Returns the kind of the warning.
    #[must_use]
    pub const fn trap(&self) -> Trap {
        self.trap
    }

    /// Returns the text to write instead, or in addition.
    #[must_use]
    pub fn instead(&self) -> &str {
        &self.instead
    }
}

/// The warnings about the text that a filter was read from, among its extensions.
#[derive(Clone, Debug)]
pub(super) struct Warnings(pub(super) Vec<Warning>);

impl RetryFilter {
    /// Returns the warnings about the text of this filter, in the order of the text.
    ///
    /// A filter from code, or with other rules than those of its text, has none.
    #[must_use]
    pub fn warnings(&self) -> &[Warning] {
        self.settings.extensions.get::<Warnings>().map_or(&[], |Warnings(all)| all.as_slice())
    }
}

/// `line 2, column 11: … ; write …`
impl fmt::Display for Warning {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}: {}; write {}", self.position, self.trap, self.instead)
    }
}

/// A kind of setting that is easily misread.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum Trap {
    /// `statuses` alone leaves the default series in force.
    StatusesAddToSeries,
    /// A series has only the codes that have a name: 520 and 599 are of none.
    SeriesNeedsNames,
    /// A method in lower case, which no request has in Spring.
    MethodCase,
    /// A method whose requests may then be processed twice.
    NotIdempotent,
    /// A duration without a unit.
    NoUnit,
    /// No `backoff`: retries without a pause.
    NoBackoff,
    /// `jitter` without `backoff`.
    JitterAlone,
    /// A jitter of less than a whole percent.
    JitterTooSmall,
    /// A factor below 1.
    NoGrowth,
    /// A timeout that leaves no room for an attempt before the first wait.
    TimeoutTooShort,
}

impl Trap {
    /// A short name that does not change: `statuses_add_to_series`, ….
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::StatusesAddToSeries => "statuses_add_to_series",
            Self::SeriesNeedsNames => "series_needs_names",
            Self::MethodCase => "method_case",
            Self::NotIdempotent => "not_idempotent",
            Self::NoUnit => "no_unit",
            Self::NoBackoff => "no_backoff",
            Self::JitterAlone => "jitter_alone",
            Self::JitterTooSmall => "jitter_too_small",
            Self::NoGrowth => "no_growth",
            Self::TimeoutTooShort => "timeout_too_short",
        }
    }
}

/// Prints the consequence.
impl fmt::Display for Trap {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::StatusesAddToSeries => {
                "`statuses` adds to the series, which is SERVER_ERROR unless set: every 5xx is retried"
            }
            Self::SeriesNeedsNames => "a series has no codes without a name, such as 499, 520 and 599",
            Self::MethodCase => {
                "no request has a method in lower case: Spring retries none because of it, this filter does"
            }
            Self::NotIdempotent => "a request with this method may be processed twice",
            Self::NoUnit => "a number without a unit is in milliseconds",
            Self::NoBackoff => "without `backoff`, retries follow at once",
            Self::JitterAlone => "`jitter` does nothing without `backoff`",
            Self::JitterTooSmall => "jitter is counted in whole percents: this is none",
            Self::NoGrowth => "with a factor below 1, the waits do not grow",
            Self::TimeoutTooShort => "`timeout` is over when the first wait ends: nothing is retried",
        })
    }
}
