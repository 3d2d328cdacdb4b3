//! The guard: persevere's instructions and sizes, held against figures that were found good.

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

/// What is held: what persevere does without a timer of somebody else, whose instructions are not ours.
const HELD: [Workload; 5] = [Workload::W1, Workload::W1i, Workload::W1b, Workload::W2n, Workload::W6];

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
    let of = |one: &'static Contender| {
        let counted = move |workload| {
            Some((format!("{}: {workload}", one.name), measure::instructions(one, workload)?))
        };
        HELD.into_iter().filter_map(counted)
    };
    ours().flat_map(of).collect()
}

/// Writes the figures, or compares with them: a failure if one has grown.
pub(crate) fn run(update: bool) -> ExitCode {
    let compiler = measure::compiler();
    if update {
        assert!(measure::can_count(), "valgrind is needed to count instructions");
        let mut text =
            format!("# Written by `cargo run --release -p peers -- guard --update`, by {compiler}.\n");
        for (name, figure) in sizes().into_iter().chain(instructions()) {
            writeln!(text, "{name} = {figure:.1}").expect("a string takes it");
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
        println!("{name}: {figure:.1}, of which figures.txt knows nothing: update it");
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
    println!("{name}: {figure:.1} ({percent:+.1} %), {verdict}");
    percent <= TOLERANCE
}
