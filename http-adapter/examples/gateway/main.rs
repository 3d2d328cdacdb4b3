//! A small gateway that retries, with routes in Spring Cloud Gateway's YAML.
//!
//! `cargo run -p persevere-http --example gateway` demonstrates it; `-- --help` says what else there is.

mod check;
mod cli;
mod demo;
mod flaky;
mod headers;
mod host;
mod node;
mod path;
mod predicate;
mod proxy;
mod routes;
mod server;
mod timeouts;
mod upstream;
mod watch;
mod wildcard;

use std::fmt;
use std::io::Write as _;
use std::path::Path;
use std::process::ExitCode;
use std::sync::Arc;

use clap::Parser;
use persevere_http::RetryFilter;
use tokio::net::TcpListener;

use crate::check::Forecast;
use crate::cli::Cli;
use crate::proxy::Gateway;
use crate::routes::Config;
use crate::watch::{Log, Watch};

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
            let _ = writeln!(std::io::stderr(), "gateway: {failure}");
            ExitCode::from(failure.exit_code())
        }
    }
}

/// Serves the routes of a file until interrupted.
async fn run(path: &Path, cli: &Cli) -> Result<(), Failure> {
    let (shown, mut out) = (path.display(), std::io::stdout());
    let refuse = |error: &dyn fmt::Display| Failure::Config(format!("{shown}: {error}"));
    let text = std::fs::read_to_string(path).map_err(|error| refuse(&error))?;
    let mut config = Config::parse(&text).map_err(|error| refuse(&error))?;
    cli::redirect(&mut config, &cli.upstream).map_err(|error| refuse(&error))?;
    for warning in &config.warnings {
        eprintln!("warning: {shown}: {warning}");
    }
    let filters = config.routes.iter().filter_map(|route| route.filter.as_ref());
    let mut warnings: Vec<_> = filters.flat_map(RetryFilter::warnings).collect();
    warnings.sort_by_key(|warning| warning.position());
    warnings.dedup(); // a default filter stands in many routes
    for warning in warnings {
        eprintln!("warning: {shown}: {warning}");
    }
    for route in &config.routes {
        writeln!(out, "{route}")?;
        if cli.check {
            writeln!(out, "  {}", Forecast::of(route, config.timeouts))?;
        } else if route.authority.as_str().parse() == Ok(cli.listen) {
            eprintln!("warning: {shown}: route `{}` leads to this gateway itself", route.id);
        }
    }
    if cli.check {
        return Ok(());
    }
    let watch: Arc<dyn Watch> = Arc::new(Log);
    let gateway = Arc::new(Gateway::new(config, &watch));
    let listener = TcpListener::bind(cli.listen).await.map_err(|error| {
        let advice = "choose another address with --listen; port 0 takes a free one";
        Failure::Config(format!("cannot listen on {}: {error}; {advice}", cli.listen))
    })?;
    writeln!(out, "listening on http://{}", listener.local_addr()?)?;
    server::serve(listener, gateway, interrupted()).await;
    let _ = writeln!(out, "stopped"); // who has stopped listening need not hear it
    Ok(())
}

/// Completes at the first interrupt. If interrupts cannot be heard, the process ends with the next one anyway.
async fn interrupted() {
    if let Err(error) = tokio::signal::ctrl_c().await {
        eprintln!("cannot wait for an interrupt: {error}");
        std::future::pending::<()>().await;
    }
}
