//! The guard: persevere's instructions and sizes, held against figures that were found good.
//!
//! Instructions are those of one compiler: with another one, only sizes are held.

use std::fmt::Write as _;
use std::fs;
use std::process::ExitCode;

use crate::contenders::{ALL, Contender};
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

/// A line of the file: a name, and the figure.
type Figures = Vec<(String, f64)>;

fn ours() -> impl Iterator<Item = &'static Contender> {
    ALL.iter().skip(2).take(2)
}

fn sizes() -> Figures {
    let of = |one: &'static Contender| {
        let columns = COLUMNS.iter().zip((one.sizes)());
        columns.map(|(bytes, size)| {
            (format!("{}: bytes around {bytes}", one.name), measure::ratio(size as u64, 1))
        })
    };
    ours().flat_map(of).collect()
}

fn instructions() -> Figures {
    let mut figures = Vec::new();
    for one in ours() {
        for workload in HELD {
            let counted = measure::instructions(one, workload);
            figures.extend(counted.map(|counted| (format!("{}: {workload}", one.name), counted)));
        }
        for workload in HELD_BY_HAND {
            let [counted, by_hand] = [one, &ALL[1]].map(|one| measure::instructions(one, workload));
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
        assert!(measure::can_count(), "valgrind is needed to count instructions");
        let mut text =
            format!("# Written by `cargo run --release -p peers -- guard --update`, by {compiler}.\n");
        for (name, figure) in sizes().into_iter().chain(instructions()) {
            writeln!(text, "{name} = {figure:.3}").expect("a string takes it");
        }
        fs::write(FILE, text).expect("the file can be written");
        return ExitCode::SUCCESS;
    }
    let text = fs::read_to_string(FILE).expect("the figures are there");
    let mut today = sizes();
    if !measure::can_count() {
        println!("-- instructions skipped: needs valgrind");
    } else if text.lines().next().is_some_and(|line| line.ends_with(&format!("by {compiler}."))) {
        today.extend(instructions());
    } else {
        println!("-- instructions skipped: {compiler} is not the compiler of the figures; update them");
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
    let percent = (figure / kept - 1.0) * 100.0;
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
