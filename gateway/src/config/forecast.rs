//! [`Forecast`]: the worst case of a route, for `--check`.

use std::fmt;
use std::ops::RangeInclusive;
use std::time::Duration;

use persevere_http::RetryFilter;

use super::Config;
use super::pool::PoolLimits;
use super::route::Route;
use super::timeouts::{ResponseFrom, Timeouts};

/// The number of waits that are shown one by one.
const SHOWN: usize = 8;

/// The largest number of waits that are added up, to answer at once.
const ADDED: usize = 100_000;

/// The worst case for requests of a route.
pub(crate) struct Forecast<'r> {
    filter: Option<&'r RetryFilter>,
    timeouts: Timeouts,
    pool: PoolLimits,
}

impl<'r> Forecast<'r> {
    /// Makes the forecast for a route of a configuration.
    pub(crate) fn of(route: &'r Route, config: &Config) -> Self {
        let (timeouts, pool) = (route.timeouts.or(config.timeouts), route.pool.or(config.pool).limits());
        Self { filter: route.chain.retry.as_ref(), timeouts, pool }
    }

    fn attempts(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Some(filter) = self.filter else {
            f.write_str("one attempt")?;
            return worst(f, self.timeouts, 1, Duration::ZERO, None);
        };
        let attempts = filter.retries().saturating_add(1);
        write!(f, "at most {attempts} attempts; waits")?;
        for (index, wait) in filter.waits().take(SHOWN).enumerate() {
            f.write_str(if index == 0 { " " } else { ", " })?;
            show(f, &wait)?;
        }
        f.write_str(if filter.waits().nth(SHOWN).is_some() { ", …" } else { "" })?;
        let longest = filter.waits().take(ADDED).map(|wait| rounded(*wait.end()));
        let slept = longest.fold(Duration::ZERO, Duration::saturating_add);
        worst(f, self.timeouts, attempts, slept, filter.timeout())?;
        match filter.max_wait() {
            None => Ok(()),
            Some(longest) => write!(f, "; a response may ask for up to {longest:?} instead of each wait"),
        }
    }
}

impl fmt::Display for Forecast<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.attempts(f)?;
        match self.timeouts.connect.duration() {
            Some(limit) => write!(f, "\n  connects within {limit:?}")?,
            None => f.write_str("\n  no limit to connecting: set connect-timeout")?,
        }
        let PoolLimits { max_idle_time, max_life_time, max_connections, acquire_timeout } = self.pool;
        match max_idle_time {
            Some(Duration::ZERO) => f.write_str("; each request has a new connection")?,
            Some(limit) => write!(f, "; an idle connection closes after {limit:?}")?,
            None => f.write_str("; an idle connection closes when the server closes it")?,
        }
        if let Some(limit) = max_life_time {
            write!(f, "; no connection is used for longer than {limit:?}")?;
        }
        let Some(most) = max_connections else { return Ok(()) };
        write!(f, "; at most {most} connections to each server")?;
        acquire_timeout.map_or(Ok(()), |limit| write!(f, ", and a wait of up to {limit:?} for one of them"))
    }
}

/// Writes a wait from its shortest to its longest.
fn show(f: &mut fmt::Formatter<'_>, wait: &RangeInclusive<Duration>) -> fmt::Result {
    let (shortest, longest) = (rounded(*wait.start()), rounded(*wait.end()));
    match shortest {
        Duration::ZERO if longest.is_zero() => return f.write_str("0"),
        Duration::ZERO => f.write_str("0 to ")?,
        _ if shortest != longest => write!(f, "{shortest:?} to ")?,
        _ => {}
    }
    write!(f, "{longest:?}")
}

/// Rounds up to whole microseconds, because a jitter ends one nanosecond early.
fn rounded(wait: Duration) -> Duration {
    u64::try_from(wait.as_nanos().div_ceil(1_000)).map_or(wait, Duration::from_micros)
}

/// Writes the longest time that a request may take.
///
/// This is the time of all attempts and of the waits between them. A timeout of the route forbids waits that end after it, but
/// does not end a running attempt.
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
    let is_cut = timeout.is_none() && usize::try_from(attempts).is_ok_and(|attempts| attempts > ADDED);
    f.write_str(if is_cut { "; more than " } else { "; " })?;
    write!(f, "{longest:?} in all at the longest, {attempt:?} of it for each attempt")?;
    match timeouts.response_from {
        Some(ResponseFrom::Sent) => f.write_str(" from when it has been sent"),
        Some(ResponseFrom::Start) | None => Ok(()),
    }
}
