//! [`Log`]: a line for each attempt and each decision, on standard error.

use std::fmt;
use std::time::Duration;

use clap::ValueEnum;
use http::StatusCode;
use persevere::{Decision, Event, Reason};
use persevere_http::redacted;

use crate::console::say;
use crate::proxy::{Change, Closed, Cut, Outcome, REQUEST, Server, Tried, TunnelEnd, Watch};
use crate::time::since_1970;

/// The detail of the log.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, ValueEnum)]
pub(crate) enum Detail {
    /// Nothing that happens to requests.
    Off,
    /// Failed attempts, 5xx responses, retry decisions, lost clients and cut responses.
    Failures,
    /// Every attempt and every request.
    All,
}

/// A line of `key=value` for each attempt and each decision, on standard error. Queries and user information are left out.
#[derive(Debug)]
pub(crate) struct Log(pub(crate) Detail);

/// Writes a line with the time, in seconds since 1970, and the request's number.
fn line(line: fmt::Arguments<'_>) {
    let request = REQUEST.try_with(|number| *number).unwrap_or_default();
    say(format_args!("time={:.3} req={request} {line}", since_1970().as_secs_f64()));
}

fn millis(time: Duration) -> f64 {
    (time.as_secs_f64() * 1e6).round() / 1e3
}

impl Watch for Log {
    fn tried(&self, attempt: &Tried<'_>) {
        let Tried { route, number, server, address, method, uri, kept, outcome, took } = attempt;
        let least = match outcome {
            Outcome::Response(status) if !status.is_server_error() => Detail::All,
            _ => Detail::Failures,
        };
        if self.0 < least {
            return;
        }
        let (uri, took) = (redacted(uri), millis(*took));
        let kept = kept.map_or_else(String::new, |bytes| format!(" kept={bytes}"));
        let address = address.map_or_else(String::new, |address| format!(" address={address}"));
        let head = format_args!(
            "event=attempt route={route} attempt={number} method={method} uri={uri} server={server}{address}{kept}"
        );
        match outcome {
            Outcome::Response(status) => {
                line(format_args!("{head} status={} took_ms={took}", status.as_u16()));
            }
            Outcome::Failure(kind, why) => {
                line(format_args!("{head} failure={kind} why={:?} took_ms={took}", why.to_string()));
            }
        }
    }

    fn decided(&self, route: &str, event: &Event) {
        let number = event.attempt.number();
        match event.decision {
            _ if self.0 < Detail::Failures => {}
            Decision::Retry(delay) => {
                line(format_args!("event=retry route={route} attempt={number} delay_ms={}", millis(delay)));
            }
            Decision::Stop(Reason::Accepted) => {}
            Decision::Stop(reason) => {
                line(format_args!("event=stop route={route} attempt={number} reason={}", reason.as_str()));
            }
        }
    }

    fn answered(&self, route: Option<&str>, status: StatusCode, took: Duration) {
        let least = if status.is_server_error() { Detail::Failures } else { Detail::All };
        if self.0 >= least {
            let (route, status, took) = (route.unwrap_or("-"), status.as_u16(), millis(took));
            line(format_args!("event=response route={route} status={status} took_ms={took}"));
        }
    }

    fn refused(&self, route: Option<&str>, status: StatusCode, why: &str) {
        if self.0 >= Detail::Failures {
            let (route, status) = (route.unwrap_or("-"), status.as_u16());
            line(format_args!("event=refused route={route} status={status} why={why:?}"));
        }
    }

    fn abandoned(&self, took: Duration) {
        if self.0 >= Detail::Failures {
            line(format_args!("event=abandoned took_ms={}", millis(took)));
        }
    }

    fn cut(&self, cut: &Cut<'_>) {
        if self.0 >= Detail::Failures {
            let Cut { route, status, bytes, by, why, took } = cut;
            let (route, by, took) = (route.unwrap_or("-"), by.as_str(), millis(*took));
            let status = status.as_ref().map_or("-", StatusCode::as_str);
            let why = why.to_string();
            line(format_args!(
                "event=cut route={route} status={status} bytes={bytes} by={by} why={why:?} took_ms={took}"
            ));
        }
    }

    fn changed(&self, server: &Server, change: Change) {
        match change {
            _ if self.0 < Detail::Failures => {}
            Change::Rests(rest) => line(format_args!("event=rest server={server} rest_ms={}", millis(rest))),
            Change::Awake(after) => {
                line(format_args!("event=awake server={server} rested_ms={}", millis(after)));
            }
        }
    }

    fn closed(&self, closed: &Closed<'_>) {
        let Closed { route, from_client, from_server, end, took } = *closed;
        let least = if end == TunnelEnd::Closed { Detail::All } else { Detail::Failures };
        if self.0 >= least {
            let (end, took) = (end.as_str(), millis(took));
            line(format_args!(
                "event=tunnel route={route} end={end} from_client={from_client} from_server={from_server} took_ms={took}"
            ));
        }
    }
}
