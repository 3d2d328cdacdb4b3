//! A gateway for HTTP that retries, with routes in Spring Cloud Gateway's YAML.
//!
//! `persevere-gateway --help` lists its options, and `persevere-gateway demo` demonstrates it.

mod cli;
mod config;
mod demo;
mod lines;
mod operate;
mod pace;
mod paced;
mod proxy;
mod run;
mod say;
mod time;
mod worker;

use std::fmt;
use std::process::ExitCode;

use clap::Parser as _;

use crate::cli::{Cli, Command};
use crate::say::{Written, say};

/// The allocator of the system keeps most of what a wave of connections has taken. This one returns it within seconds.
#[cfg(unix)]
#[global_allocator]
static ALLOCATOR: tikv_jemallocator::Jemalloc = tikv_jemallocator::Jemalloc;

/// Why the program ends with an error.
#[derive(Debug)]
pub(crate) enum Failure {
    /// The mistakes that the operator has to correct, one on each line.
    Config(Vec<String>),
    Io(std::io::Error),
    Request(String),
    /// The rows of the demonstration that did not end as they should.
    Demonstration(Vec<String>),
}

impl fmt::Display for Failure {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Config(errors) => f.write_str(&errors.join("\ngateway: ")),
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

#[tokio::main(flavor = "current_thread")] // it accepts, and the workers serve
async fn main() -> ExitCode {
    let _written = Written;
    let cli = Cli::parse();
    let result = match (&cli.command, &cli.config) {
        (Some(Command::Demo { break_upstream }), _) => demo::run(*break_upstream).await,
        (None, Some(path)) => run::run(path, &cli).await,
        (None, None) => Ok(()), // one of them is required
    };
    match result {
        Ok(()) => ExitCode::SUCCESS,
        Err(failure) => {
            say(format_args!("gateway: {failure}"));
            ExitCode::from(failure.exit_code())
        }
    }
}
