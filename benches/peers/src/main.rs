//! The same work by persevere, by a loop written by hand and by other retry libraries: `cargo run --release -p peers`.

#![allow(clippy::arithmetic_side_effects, reason = "an overflow in a benchmark panics")]

mod contenders;
mod measure;
mod work;
mod workload;

use clap::{Parser, Subcommand};

use crate::contenders::{ALL, Contender};
use crate::workload::Workload;

/// Measures what a retry costs, in instructions (where valgrind is) and in time.
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
}

fn main() {
    let arguments = Arguments::parse();
    if let Some(Task::Run { contender, workload, calls }) = arguments.command {
        let contender = ALL.iter().find(|one| one.name == contender).expect("a contender");
        assert!((contender.run)(workload, calls), "{} cannot express {workload}", contender.name);
        return;
    }
    let workloads = if arguments.workload.is_empty() { Workload::ALL.to_vec() } else { arguments.workload };
    if !measure::can_count() {
        println!("no instructions: valgrind is not installed");
    }
    for workload in workloads {
        table(workload, arguments.rounds);
    }
}

/// One workload, with a line for each contender.
fn table(workload: Workload, rounds: usize) {
    println!("\n{workload}: {}", workload.what());
    let counts: Vec<_> = ALL.iter().map(|one| measure::instructions(one, workload)).collect();
    let times = measure::times(ALL, workload, rounds);
    let (hand_count, hand_time) = (counts[1], times[1]);
    println!("  {:<18} {:>9} {:>7} {:>9} {:>7}", "", "instr", "× hand", "ns", "× hand");
    for ((Contender { name, .. }, count), time) in ALL.iter().zip(counts).zip(times) {
        if count.or(time).is_some() {
            let (counts, times) = (figures(count, hand_count), figures(time, hand_time));
            println!("  {name:<18} {counts} {times}");
        }
    }
}

/// A figure, and how often it is that of the loop by hand.
fn figures(figure: Option<f64>, hand: Option<f64>) -> String {
    let ratio = figure.zip(hand).map_or("-".to_owned(), |(figure, hand)| format!("{:.2}", figure / hand));
    format!("{:>9} {ratio:>7}", figure.map_or("-".to_owned(), |figure| format!("{figure:.1}")))
}
