//! The gateway under load.
//!
//! `compare` measures it next to other gateways. `soak` and `chaos` check that it keeps its promises.
//!
//! Everything is on the loopback, bounded in number and time, and ends with this process.

#![allow(clippy::arithmetic_side_effects, reason = "an overflow in a benchmark panics")]

mod account;
mod attack;
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

/// The gateway under load.
///
/// Build it first: `cargo build --release -p persevere-gateway`.
#[derive(Debug, Parser)]
#[command(name = "gateways")]
struct Cli {
    #[command(subcommand)]
    what: What,
}

#[derive(Debug, Subcommand)]
enum What {
    /// Compare the CPU, upstream connections and memory of the gateways.
    ///
    /// CPU is measured for each request, in interleaved rounds, and memory while uploads are held for another attempt.
    Compare {
        /// Rounds to measure; the median counts.
        #[arg(long, default_value_t = 5)]
        rounds: usize,
        /// Seconds of load for each figure.
        #[arg(long, default_value_t = 3.0)]
        seconds: f64,
    },
    /// Measure only the memory of the gateways while uploads are held for another attempt.
    Held,
    /// Follow each request to its end while three in ten attempts fail.
    Soak {
        /// Seconds in which requests are started.
        #[arg(long, default_value_t = 120)]
        seconds: u64,
        /// Chooses the attempts that fail.
        #[arg(long, default_value_t = 1)]
        seed: u64,
    },
    /// Check that no `POST` runs twice and each response is whole, despite faults.
    Chaos(chaos::Options),
    /// Latency of an honest client, memory and file descriptors of the gateway while thousands of connections do nothing good.
    Attack(attack::Options),
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
        What::Attack(options) => attack::run(options).await,
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
