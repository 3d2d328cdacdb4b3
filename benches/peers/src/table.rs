//! The tables that are printed.

use crate::contenders::{ALL, Contender};
use crate::measure;
use crate::tasks::Taken;
use crate::workload::Workload;

/// One workload, with a line for each contender.
pub(crate) fn print(workload: Workload, rounds: usize) {
    println!("\n{workload}: {}", workload.what());
    let counts: Vec<_> = ALL.iter().map(|one| measure::instructions(one, workload)).collect();
    let times = if workload == Workload::W4 { None } else { Some(measure::times(ALL, workload, rounds)) };
    let tasks = times.is_none().then(|| measure::tasks(ALL, workload.calls(), rounds.div_ceil(4)));
    let times = times.unwrap_or_else(|| nanos_of(tasks.as_deref().unwrap_or_default(), workload.calls()));
    let (hand_count, hand_time) = (counts[1], times[1]);
    let bytes = if tasks.is_some() { "    bytes" } else { "" };
    println!("  {:<20} {:>9} {:>7} {:>9} {:>7}{bytes}", "", "instr", "× hand", "ns", "× hand");
    for (index, Contender { name, .. }) in ALL.iter().enumerate() {
        if counts[index].or(times[index]).is_none() {
            continue;
        }
        let (count, time) = (figures(counts[index], hand_count), figures(times[index], hand_time));
        let bytes = tasks.as_ref().and_then(|tasks| tasks[index]);
        let bytes = bytes.map_or(String::new(), |taken| format!("{:>9}", taken.bytes / workload.calls()));
        println!("  {name:<20} {count} {time}{bytes}");
    }
}

/// Nanoseconds of a processor for each of `count` tasks.
fn nanos_of(tasks: &[Option<Taken>], count: u64) -> Vec<Option<f64>> {
    let each = |taken: &Option<Taken>| taken.map(|taken| measure::ratio(taken.nanos, count));
    tasks.iter().map(each).collect()
}

/// A figure, and how often it is that of the loop by hand.
fn figures(figure: Option<f64>, hand: Option<f64>) -> String {
    let ratio = figure.zip(hand).map_or("-".to_owned(), |(figure, hand)| format!("{:.2}", figure / hand));
    format!("{:>9} {ratio:>7}", figure.map_or("-".to_owned(), |figure| format!("{figure:.1}")))
}
