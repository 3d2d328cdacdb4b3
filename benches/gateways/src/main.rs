//! The example gateway under load: `compare` measures it beside other gateways, `soak` looks whether it keeps its word.
//!
//! Everything is on the loopback, bounded in number and time, and ends with this process.

#![allow(clippy::arithmetic_side_effects, reason = "an overflow in a benchmark panics")]

mod account;
mod chance;
mod chaos;
mod compare;
mod contenders;
mod gateway;
mod held;
mod load;
mod reuse;
mod soak;
mod time;
mod tower_stack;
mod upstream;

use std::error::Error;
use std::net::SocketAddr;
use std::process::ExitCode;

use clap::{Parser, Subcommand};

type Failure = Box<dyn Error + Send + Sync>;

/// The example gateway under load.
///
/// Build it first: `cargo build --release -p persevere-http --example gateway`.
#[derive(Debug, Parser)]
#[command(name = "gateways")]
struct Cli {
    #[command(subcommand)]
    what: What,
}

#[derive(Debug, Subcommand)]
enum What {
    /// CPU of the gateways for each request, in interleaved rounds; upstream connections; memory with uploads held.
    Compare {
        /// Rounds, of which the median counts.
        #[arg(long, default_value_t = 5)]
        rounds: usize,
        /// Seconds of load for each figure.
        #[arg(long, default_value_t = 3.0)]
        seconds: f64,
    },
    /// Memory of the gateways while uploads are held for another attempt, and nothing else.
    Held,
    /// Requests of which three in ten attempts fail, each of them followed to its end.
    Soak {
        /// How long requests are started.
        #[arg(long, default_value_t = 120)]
        seconds: u64,
        /// Chooses the attempts that fail.
        #[arg(long, default_value_t = 1)]
        seed: u64,
    },
    /// Whether each request runs once and its response is whole, while servers fail in forty ways.
    Chaos(chaos::Options),
    /// A server that fails as it is told; started by the others.
    #[command(hide = true)]
    Upstream,
    /// A plain gateway of hyper and `tower::retry`; started by the others.
    #[command(hide = true)]
    Tower {
        #[arg(long)]
        upstream: SocketAddr,
        #[arg(long)]
        retries: u32,
    },
}

#[tokio::main]
async fn main() -> ExitCode {
    let done = match Cli::parse().what {
        What::Compare { rounds, seconds } => compare::run(rounds, seconds).await,
        What::Held => compare::held_alone().await,
        What::Soak { seconds, seed } => soak::run(seconds, seed).await,
        What::Chaos(options) => chaos::run(options).await,
        What::Upstream => upstream::serve().await,
        What::Tower { upstream, retries } => tower_stack::serve(upstream, retries).await,
    };
    match done {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("gateways: {error}");
            ExitCode::FAILURE
        }
    }
}
