//! The same work by persevere, by a loop written by hand and by other retry libraries: `cargo run --release -p peers`.

#![allow(clippy::arithmetic_side_effects, reason = "an overflow in a benchmark panics")]

mod contenders;
mod contention;
mod cost;
mod guard;
mod library;
mod memory;
mod sizes;
mod table;
mod tasks;
mod work;
mod workload;

use std::process::ExitCode;

use clap::{Parser, Subcommand};
use peers::borrows;

use crate::contenders::{ALL, Contender};
use crate::workload::Workload;

/// Measures what a retry costs, in instructions (where valgrind is), in time and in memory.
#[derive(Parser)]
struct Arguments {
    #[command(subcommand)]
    command: Option<Task>,
    /// Only these workloads.
    #[arg(long, value_delimiter = ',')]
    workload: Vec<Workload>,
    /// Rounds in which everybody's time is taken once, of which the middle one counts; 0 leaves times out.
    #[arg(long, default_value_t = 31)]
    rounds: usize,
}

#[derive(Subcommand)]
enum Task {
    /// Makes so many calls, and nothing else: what is run under callgrind.
    Run { contender: String, workload: Workload, calls: u64 },
    /// Runs so many tasks at once, and prints their nanoseconds and their bytes.
    Tasks { contender: String, count: u64 },
    /// Holds the instructions, allocations and sizes of persevere against the figures of `figures.txt`.
    Guard {
        /// Writes today's figures instead.
        #[arg(long)]
        update: bool,
    },
}

fn main() -> ExitCode {
    let Arguments { command, workload, rounds } = Arguments::parse();
    match command {
        Some(Task::Run { contender, workload, calls }) => {
            assert!((named(&contender).run)(workload, calls), "{contender} cannot express {workload}");
        }
        Some(Task::Tasks { contender, count }) => {
            let taken = (named(&contender).tasks)(count);
            println!("{} {}", taken.nanos, taken.bytes);
        }
        Some(Task::Guard { update }) => return guard::run(update),
        None => everything(&workload, rounds),
    }
    ExitCode::SUCCESS
}

fn named(name: &str) -> &'static Contender {
    ALL.iter().find(|one| one.name == name).expect("the name of a contender")
}

/// Every table; those of workloads alone if some are named.
fn everything(only: &[Workload], rounds: usize) {
    println!("{}", measure::compiler());
    if !measure::can_count() {
        println!("no instructions: valgrind is not installed");
    }
    let workloads = if only.is_empty() { &Workload::ALL } else { only };
    for &workload in workloads {
        table::print(workload, rounds);
    }
    if only.is_empty() {
        memory::print();
        contention::print(rounds);
        borrows::print();
    }
}
