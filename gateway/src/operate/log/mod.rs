//! [`Log`]: an event for each attempt and each decision, which becomes a line on standard error.

mod level;
mod line;

use std::time::Duration;

use http::StatusCode;
use persevere::{Decision, Event, Reason};
use persevere_http::redacted;
use tracing::Level;

use self::line::TARGET;
use crate::proxy::{By, Change, Closed, Cut, Outcome, Server, Tried, TunnelEnd, Watch};

pub(crate) use self::level::LogLevel;

/// Reports each attempt and each decision to the log. Queries and user information are left out.
#[derive(Debug)]
pub(crate) struct Log;

impl Log {
    /// Opens the log, once in a process.
    pub(crate) fn open(level: LogLevel) -> Self {
        line::write_up_to(level.into());
        Self
    }
}

/// An event of the log at this level. Its fields are computed only if the log has the level.
macro_rules! event {
    ($level:ident, $name:literal, $($fields:tt)+) => {
        tracing::event!(target: TARGET, Level::$level, event = $name, $($fields)+)
    };
}

fn millis(time: Duration) -> f64 {
    (time.as_secs_f64() * 1e6).round() / 1e3
}

impl Watch for Log {
    fn tried(&self, attempt: &Tried<'_>) {
        let Tried { route, number, server, address, method, uri, kept, outcome, took } = attempt;
        macro_rules! attempt {
            ($level:ident, $($outcome:tt)+) => {
                event!(
                    $level, "attempt", route, attempt = number, %method, uri = %redacted(uri), %server,
                    address = address.map(tracing::field::display), kept, $($outcome)+, took_ms = millis(*took)
                )
            };
        }
        match outcome {
            Outcome::Response(status) if status.is_server_error() => {
                attempt!(WARN, status = status.as_u16());
            }
            Outcome::Response(status) => attempt!(DEBUG, status = status.as_u16()),
            Outcome::Failure(kind, why) => attempt!(WARN, failure = kind, why = ?why.to_string()),
        }
    }

    fn decided(&self, route: &str, event: &Event) {
        let attempt = event.attempt.number();
        match event.decision {
            Decision::Retry(delay) => event!(WARN, "retry", route, attempt, delay_ms = millis(delay)),
            Decision::Stop(Reason::Accepted) => {}
            Decision::Stop(reason) => event!(WARN, "stop", route, attempt, reason = reason.as_str()),
        }
    }

    fn answered(&self, route: Option<&str>, status: StatusCode, took: Duration) {
        let (route, status, took_ms) = (route.unwrap_or("-"), status, millis(took));
        if status.is_server_error() {
            event!(ERROR, "response", route, status = status.as_u16(), took_ms);
        } else {
            event!(INFO, "response", route, status = status.as_u16(), took_ms);
        }
    }

    fn refused(&self, route: Option<&str>, status: StatusCode, why: &str) {
        event!(WARN, "refused", route = route.unwrap_or("-"), status = status.as_u16(), ?why);
    }

    fn abandoned(&self, took: Duration) {
        event!(WARN, "abandoned", took_ms = millis(took));
    }

    fn cut(&self, cut: &Cut<'_>) {
        let Cut { route, status, bytes, by, why, took } = cut;
        macro_rules! cut {
            ($level:ident) => {
                event!(
                    $level, "cut", route = route.unwrap_or("-"), status = status.as_ref().map_or("-", StatusCode::as_str),
                    bytes, by = by.as_str(), why = ?why.to_string(), took_ms = millis(*took)
                )
            };
        }
        match by {
            By::Client | By::ClientStalled => cut!(WARN),
            By::Upstream | By::UpstreamStalled | By::Stopped => cut!(ERROR),
        }
    }

    fn changed(&self, server: &Server, change: Change) {
        match change {
            Change::Rests(rest) => event!(WARN, "rest", %server, rest_ms = millis(rest)),
            Change::Awake(after) => event!(WARN, "awake", %server, rested_ms = millis(after)),
        }
    }

    fn closed(&self, closed: &Closed<'_>) {
        let Closed { route, from_client, from_server, end, took } = *closed;
        macro_rules! tunnel {
            ($level:ident) => {
                event!(
                    $level,
                    "tunnel",
                    route,
                    end = end.as_str(),
                    from_client,
                    from_server,
                    took_ms = millis(took)
                )
            };
        }
        match end {
            TunnelEnd::Closed => tunnel!(INFO),
            TunnelEnd::Stalled | TunnelEnd::Failed | TunnelEnd::Stopped => tunnel!(WARN),
        }
    }
}
