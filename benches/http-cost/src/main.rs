//! What the retry layer costs around a service that is ready: `cargo run --release -p http-cost`.

#![allow(clippy::arithmetic_side_effects, reason = "an overflow in a benchmark panics")]

mod contenders;
mod work;

use std::process::ExitCode;

use clap::{Parser, Subcommand};
use measure::{Figures, nanos, ratio};

use crate::contenders::{ALL, Contender};
use crate::work::Work;

/// Measures what the retry layer adds to a request, in instructions and allocations (where valgrind is) and in time.
#[derive(Parser)]
struct Arguments {
    #[command(subcommand)]
    command: Option<Task>,
    /// Rounds in which everybody's time is taken once, of which the middle one counts.
    #[arg(long, default_value_t = 31)]
    rounds: usize,
}

#[derive(Subcommand)]
enum Task {
    /// Sends so many requests, and nothing else: what is run under valgrind.
    Run { contender: String, work: Work, requests: u64 },
    /// Holds instructions and allocations against the figures of `figures.txt`.
    Guard {
        /// Writes today's figures instead.
        #[arg(long)]
        update: bool,
    },
}

fn main() -> ExitCode {
    let Arguments { command, rounds } = Arguments::parse();
    match command {
        Some(Task::Run { contender, work, requests }) => {
            let contender = ALL.iter().find(|one| one.name == contender).expect("the name of a contender");
            assert!((contender.run)(work, requests), "{} cannot do {work}", contender.name);
        }
        Some(Task::Guard { update }) => return guard(update),
        None => Work::ALL.iter().for_each(|&work| print(work, rounds)),
    }
    ExitCode::SUCCESS
}

/// One kind of work, with a line for each contender.
fn print(work: Work, rounds: usize) {
    println!("\n{work}: {}", work.what());
    println!("  {:<16} {:>9} {:>9} {:>6} {:>9} {:>7}", "", "instr", "added", "alloc", "ns", "× bare");
    let times = measure::rounds(ALL, rounds, |one| {
        let mut can = true;
        let nanos = nanos(|| can = (one.run)(work, work.requests()));
        can.then(|| ratio(nanos, work.requests()))
    });
    let bare = counted(&ALL[0], work, measure::instructions);
    for (one, time) in ALL.iter().zip(&times) {
        let Some(time) = time else { continue };
        let instructions = counted(one, work, measure::instructions);
        let added = instructions.zip(bare).map(|(all, bare)| all - bare);
        let allocations = counted(one, work, measure::allocations);
        let [instructions, added, allocations] = [instructions, added, allocations].map(shown);
        let times = times[0].map_or(f64::NAN, |bare| time / bare);
        println!("  {:<16} {instructions:>9} {added:>9} {allocations:>6} {time:>9.0} {times:>7.2}", one.name);
    }
}

fn shown(figure: Option<f64>) -> String {
    figure.map_or("-".to_owned(), |figure| format!("{figure:.0}"))
}

/// What is counted of one request.
fn counted(one: &Contender, work: Work, count: fn(&[&str]) -> u64) -> Option<f64> {
    let can = measure::can_count() && (one.run)(work, 1);
    can.then(|| measure::of_one_call(count, &["run", one.name, &work.to_string()], work.counted()))
}

const FILE: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/figures.txt");

/// What our contenders add to the bare service.
fn counts() -> Figures {
    let mut figures = Vec::new();
    for work in Work::ALL {
        for (kind, count) in [
            ("instructions", measure::instructions as fn(&[&str]) -> u64),
            ("allocations", measure::allocations),
        ] {
            let bare = counted(&ALL[0], work, count);
            for one in &ALL[contenders::OURS] {
                let added = counted(one, work, count).zip(bare).map(|(all, bare)| all - bare);
                figures.extend(added.map(|added| (format!("{}: {work}, {kind} added", one.name), added)));
            }
        }
    }
    figures
}

fn guard(update: bool) -> ExitCode {
    measure::hold(FILE, "cargo run --release -p http-cost -- guard", update, Vec::new, counts)
}
