//! [`Watch`]: is told what happens to the attempts of a route; [`Log`] writes it to standard error.

use std::fmt;
use std::io::{self, Write as _};

use persevere::Event;

/// Is told what happens to the attempts of a route.
pub(crate) trait Watch: Send + Sync {
    /// An attempt has ended without a response, or with the status of an error of the server.
    fn failed(&self, route: &str, attempt: u32, why: &str);

    /// Another attempt follows.
    fn again(&self, route: &str, event: &Event);
}

/// Writes a line to standard error. When nobody reads it any longer, the line is lost and the request goes on.
fn log(line: fmt::Arguments<'_>) {
    let _ = writeln!(io::stderr(), "{line}");
}

/// Writes a line to standard error for each.
#[derive(Debug)]
pub(crate) struct Log;

impl Watch for Log {
    fn failed(&self, route: &str, attempt: u32, why: &str) {
        log(format_args!("route {route}: attempt {attempt}: {why}"));
    }

    fn again(&self, route: &str, event: &Event) {
        let next = event.attempt.number().saturating_add(1);
        let when = match event.decision.delay() {
            Some(delay) if !delay.is_zero() => format!("in {delay:?}"),
            _ => "at once".to_owned(),
        };
        log(format_args!("route {route}: attempt {next} follows {when}"));
    }
}
