//! What a route would do at the worst: for whoever checks a configuration before it is used.

use std::fmt;
use std::ops::RangeInclusive;
use std::time::Duration;

use persevere_http::RetryFilter;

use crate::routes::Route;
use crate::timeouts::Timeouts;

/// Waits that are shown one by one.
const SHOWN: usize = 8;

/// Waits that are added up: a route with more retries is said to take longer than so many.
const ADDED: usize = 100_000;

/// What the requests of a route would meet at the worst.
pub(crate) struct Forecast<'r> {
    filter: Option<&'r RetryFilter>,
    timeouts: Timeouts,
}

impl<'r> Forecast<'r> {
    /// That of `route`, in a gateway with these time-outs.
    pub(crate) fn of(route: &'r Route, gateway: Timeouts) -> Self {
        Self { filter: route.filter.as_ref(), timeouts: route.timeouts.or(gateway) }
    }
}

impl fmt::Display for Forecast<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Some(filter) = self.filter else {
            f.write_str("one attempt")?;
            return worst(f, self.timeouts, 1, Duration::ZERO, None);
        };
        let attempts = filter.retries().saturating_add(1);
        let waits: Vec<_> = filter.waits().take(ADDED).collect();
        write!(f, "at most {attempts} attempts; waits")?;
        for (index, wait) in waits.iter().take(SHOWN).enumerate() {
            f.write_str(if index == 0 { " " } else { ", " })?;
            show(f, wait)?;
        }
        f.write_str(if waits.len() > SHOWN { ", …" } else { "" })?;
        let slept =
            waits.iter().map(RangeInclusive::end).fold(Duration::ZERO, |sum, &wait| sum.saturating_add(wait));
        worst(f, self.timeouts, attempts, slept, filter.timeout())
    }
}

fn show(f: &mut fmt::Formatter<'_>, wait: &RangeInclusive<Duration>) -> fmt::Result {
    if wait.start() == wait.end() {
        write!(f, "{:?}", wait.end())
    } else {
        write!(f, "{:?} to {:?}", wait.start(), wait.end())
    }
}

/// The longest that a request may take: each attempt its time, and the waits between them; a time-out of the route forbids
/// the waits that end after it, and ends no attempt.
fn worst(
    f: &mut fmt::Formatter<'_>,
    timeouts: Timeouts,
    attempts: u32,
    slept: Duration,
    timeout: Option<Duration>,
) -> fmt::Result {
    let Some(attempt) = timeouts.response.duration() else {
        return write!(f, "; no limit to an attempt: set response-timeout");
    };
    let counted = attempt.saturating_mul(attempts).saturating_add(slept);
    let timed = timeout.map(|timeout| timeout.saturating_add(attempt));
    let longest = timed.map_or(counted, |timed| timed.min(counted));
    write!(f, "; no response after {longest:?} at the latest, {attempt:?} for each attempt")
}
