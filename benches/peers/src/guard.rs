//! The guard: persevere's instructions, allocations and sizes, held against figures that were found good.
//!
//! Instructions are those of one compiler: with another one, sizes alone are held.

use std::fmt::Write as _;
use std::fs;
use std::process::ExitCode;

use crate::contenders::{ALL, BY_HAND, Contender, OURS};
use crate::measure;
use crate::sizes::COLUMNS;
use crate::workload::Workload;

/// More than so many percent above the figure is too much.
const TOLERANCE: f64 = 2.0;

const FILE: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/figures.txt");

/// Work of persevere alone, held as it is.
const HELD: [Workload; 5] = [Workload::W1, Workload::W1i, Workload::W1b, Workload::W2n, Workload::W6];

/// Work that is mostly the timer's, held as so many times what the loop by hand takes with the same timer.
const HELD_BY_HAND: [Workload; 1] = [Workload::W2];

/// Work of which allocations are held: there shall be none.
const UNALLOCATED: [Workload; 2] = [Workload::W1, Workload::W2b];

/// A line of the file: a name, and the figure.
type Figures = Vec<(String, f64)>;

fn sizes() -> Figures {
    let of = |one: &'static Contender| {
        let columns = COLUMNS.iter().zip((one.sizes)());
        columns.map(|(bytes, size)| {
            (format!("{}: bytes around {bytes}", one.name), measure::ratio(size as u64, 1))
        })
    };
    ALL[OURS].iter().flat_map(of).collect()
}

fn counts() -> Figures {
    let mut figures = Vec::new();
    for one in &ALL[OURS] {
        for workload in HELD {
            let counted = measure::instructions(one, workload);
            figures.extend(counted.map(|counted| (format!("{}: {workload}", one.name), counted)));
        }
        for workload in UNALLOCATED {
            let count = measure::allocations(one, workload);
            figures.extend(count.map(|count| (format!("{}: {workload}, allocations", one.name), count)));
        }
        for workload in HELD_BY_HAND {
            let [counted, by_hand] = [one, &ALL[BY_HAND]].map(|one| measure::instructions(one, workload));
            let times = counted.zip(by_hand).map(|(counted, by_hand)| counted / by_hand);
            figures.extend(
                times.map(|times| (format!("{}: {workload}, times the loop by hand", one.name), times)),
            );
        }
    }
    figures
}

/// Writes the figures, or compares with them: a failure if one has grown.
pub(crate) fn run(update: bool) -> ExitCode {
    let compiler = measure::compiler();
    if update {
        assert!(measure::can_count(), "valgrind is needed to count");
        let mut text =
            format!("# Written by `cargo run --release -p peers -- guard --update`, by {compiler}.\n");
        for (name, figure) in sizes().into_iter().chain(counts()) {
            writeln!(text, "{name} = {figure:.3}").expect("a string takes it");
        }
        fs::write(FILE, text).expect("the file can be written");
        return ExitCode::SUCCESS;
    }
    let text = fs::read_to_string(FILE).expect("the figures are there");
    let mut today = sizes();
    if !measure::can_count() {
        println!("-- instructions and allocations skipped: needs valgrind");
    } else if text.lines().next().is_some_and(|line| line.ends_with(&format!("by {compiler}."))) {
        today.extend(counts());
    } else {
        println!(
            "-- instructions and allocations skipped: {compiler} is not the compiler of the figures; update them"
        );
    }
    let grown = today.iter().filter(|(name, figure)| !holds(&text, name, *figure)).count();
    if grown == 0 { ExitCode::SUCCESS } else { ExitCode::FAILURE }
}

/// Compares one figure, and says so.
fn holds(text: &str, name: &str, figure: f64) -> bool {
    let kept =
        text.lines().find_map(|line| line.strip_prefix(name)?.strip_prefix(" = ")?.parse::<f64>().ok());
    let Some(kept) = kept else {
        println!("{name}: {figure:.3}, of which figures.txt knows nothing: update it");
        return false;
    };
    let percent = (figure - kept) / kept.max(0.001) * 100.0;
    let verdict = if percent > TOLERANCE {
        "TOO MUCH: make it smaller, or say in the commit why not, and update figures.txt"
    } else if percent < -TOLERANCE {
        "better: update figures.txt, so that it stays"
    } else {
        "as it was"
    };
    println!("{name}: {figure:.3} ({percent:+.1} %), {verdict}");
    percent <= TOLERANCE
}
