//! The lab as a command.

use std::process::ExitCode;

use clap::{Parser, Subcommand};
use persevere_lab::schedule::{self, Options};
use persevere_lab::storms::{self, Storms};

/// Shows what retry policies do, to a call and to a system in trouble.
#[derive(Debug, Parser)]
#[command(name = "persevere-lab", version, arg_required_else_help = true)]
struct Cli {
    #[command(subcommand)]
    command: Command,
}

#[derive(Debug, Subcommand)]
enum Command {
    Schedule(Options),
    Storms(Storms),
}

fn main() -> ExitCode {
    let result = match &Cli::parse().command {
        Command::Schedule(options) => schedule::run(options).map(|()| ExitCode::SUCCESS),
        Command::Storms(options) => storms::run(options),
    };
    result.unwrap_or_else(|error| {
        eprintln!("persevere-lab: {error}");
        ExitCode::FAILURE
    })
}
