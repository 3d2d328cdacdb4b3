//! A small gateway that retries, with routes in Spring Cloud Gateway's YAML.
//!
//! `cargo run -p persevere-http --example gateway` demonstrates it; `-- --help` says what else there is.

mod cli;
mod demo;
mod flaky;
mod headers;
mod host;
mod proxy;
mod routes;
mod server;
mod upstream;

use std::fmt;
use std::path::Path;
use std::process::ExitCode;
use std::sync::Arc;

use clap::Parser;
use persevere::Event;
use tokio::net::TcpListener;

use crate::cli::Cli;
use crate::proxy::{Gateway, OnRetry};
use crate::routes::Config;

/// Why the program ends with an error.
#[derive(Debug)]
pub(crate) enum Failure {
    Config(String),
    Io(std::io::Error),
    Request(String),
    /// The rows of the demonstration that did not end as they should.
    Demonstration(Vec<String>),
}

impl fmt::Display for Failure {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Config(error) => write!(f, "{error}"),
            Self::Io(error) => write!(f, "{error}"),
            Self::Request(error) => write!(f, "a request could not be sent: {error}"),
            Self::Demonstration(rows) => {
                write!(f, "{} did not end as they should:", rows.len())?;
                rows.iter().try_for_each(|row| write!(f, "\n  {row}"))
            }
        }
    }
}

impl From<std::io::Error> for Failure {
    fn from(error: std::io::Error) -> Self {
        Self::Io(error)
    }
}

impl Failure {
    /// 2 for what the operator has to change, 1 for everything else.
    const fn exit_code(&self) -> u8 {
        if matches!(self, Self::Config(_)) { 2 } else { 1 }
    }
}

#[tokio::main]
async fn main() -> ExitCode {
    let cli = Cli::parse();
    let result = match &cli.config {
        Some(path) => run(path, &cli).await,
        None => demo::run(cli.break_upstream).await,
    };
    match result {
        Ok(()) => ExitCode::SUCCESS,
        Err(failure) => {
            eprintln!("gateway: {failure}");
            ExitCode::from(failure.exit_code())
        }
    }
}

/// Serves the routes of a file until interrupted.
async fn run(path: &Path, cli: &Cli) -> Result<(), Failure> {
    let shown = path.display();
    let refuse = |error: &dyn fmt::Display| Failure::Config(format!("{shown}: {error}"));
    let text = std::fs::read_to_string(path).map_err(|error| refuse(&error))?;
    let mut config = Config::parse(&text).map_err(|error| refuse(&error))?;
    cli::redirect(&mut config, &cli.upstream).map_err(|error| refuse(&error))?;
    for warning in &config.warnings {
        eprintln!("warning: {shown}: {warning}");
    }
    for route in &config.routes {
        let retry = route.filter.as_ref().map_or_else(|| "no retry".to_owned(), ToString::to_string);
        println!("route {} to {}: {retry}", route.id, route.authority);
    }
    let on_retry: OnRetry = Arc::new(log_retry);
    let gateway = Arc::new(Gateway::new(config, &on_retry));
    let listener = TcpListener::bind(cli.listen).await?;
    println!("listening on http://{}", listener.local_addr()?);
    server::serve(listener, gateway, interrupted()).await;
    println!("stopped");
    Ok(())
}

fn log_retry(route: &str, event: &Event) {
    let (number, elapsed) = (event.attempt.number(), event.attempt.elapsed());
    let delay = event.decision.delay().unwrap_or_default();
    eprintln!("route {route}: attempt {number} failed after {elapsed:?}, again in {delay:?}");
}

/// Completes at the first interrupt. If interrupts cannot be heard, the process ends with the next one anyway.
async fn interrupted() {
    if let Err(error) = tokio::signal::ctrl_c().await {
        eprintln!("cannot wait for an interrupt: {error}");
        std::future::pending::<()>().await;
    }
}
