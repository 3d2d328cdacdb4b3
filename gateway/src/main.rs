//! A gateway for HTTP that retries, with routes in Spring Cloud Gateway's YAML.
//!
//! `persevere-gateway --help` lists its options, and `persevere-gateway demo` demonstrates it.

mod cli;
mod config;
mod console;
mod demo;
mod failure;
mod lines;
mod operate;
mod pace;
mod paced;
mod proxy;
mod run;
mod time;
mod worker;

use std::process::ExitCode;

use clap::Parser as _;

use crate::cli::{Cli, Command};
use crate::console::{Written, say};

/// The allocator of the system keeps most of what a wave of connections has taken. This one returns it within seconds.
#[cfg(unix)]
#[global_allocator]
static ALLOCATOR: tikv_jemallocator::Jemalloc = tikv_jemallocator::Jemalloc;

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
