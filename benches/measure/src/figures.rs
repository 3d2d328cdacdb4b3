//! Figures that were found good, and are held.

use std::fmt::Write as _;
use std::fs;
use std::process::ExitCode;

use crate::valgrind::{can_count, compiler};

/// More than so many percent above the figure is too much.
const TOLERANCE: f64 = 2.0;

/// Names, and the figure of each.
pub type Figures = Vec<(String, f64)>;

/// Writes today's figures to `file`, or compares with those in it: a failure if one has grown by more than 2 %. `counts` are
/// those that valgrind counts, which are held by the compiler alone that they were written by; `command` is what wrote them.
///
/// # Panics
///
/// When the file cannot be read or written, or valgrind is not there to update it.
#[must_use]
pub fn hold(
    file: &str,
    command: &str,
    update: bool,
    sizes: impl FnOnce() -> Figures,
    counts: impl FnOnce() -> Figures,
) -> ExitCode {
    let compiler = compiler();
    if update {
        assert!(can_count(), "valgrind is needed to count");
        let mut text = format!("# Written by `{command} --update`, by {compiler}.\n");
        for (name, figure) in sizes().into_iter().chain(counts()) {
            writeln!(text, "{name} = {figure:.3}").expect("a string takes it");
        }
        fs::write(file, text).expect("the file can be written");
        return ExitCode::SUCCESS;
    }
    let text = fs::read_to_string(file).expect("the figures are there");
    let mut today = sizes();
    let mut missing = 0;
    if !can_count() {
        println!("-- instructions and allocations skipped: needs valgrind");
    } else if text.lines().next().is_some_and(|line| line.ends_with(&format!("by {compiler}."))) {
        today.extend(counts());
        missing = unmeasured(&text, &today);
    } else {
        println!(
            "-- instructions and allocations skipped: {compiler} is not the compiler of the figures; update them"
        );
    }
    let grown = today.iter().filter(|(name, figure)| !holds(&text, name, *figure)).count();
    println!("{} figures held against {file}", today.len());
    if grown + missing == 0 { ExitCode::SUCCESS } else { ExitCode::FAILURE }
}

/// The number of figures that are kept and that nobody measures any more, each of which is told.
fn unmeasured(text: &str, today: &Figures) -> usize {
    let kept = text.lines().filter_map(|line| line.split_once(" = ")).map(|(name, _)| name);
    let missing = kept.filter(|kept| today.iter().all(|(name, _)| name != kept));
    missing.inspect(|name| println!("{name}: kept, and not measured any more: update figures.txt")).count()
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
