//! The tables that are printed.

use crate::contenders::{ALL, BY_HAND, Contender};
use crate::cost;
use crate::workload::Workload;

/// One workload, with a line for each contender.
pub(crate) fn print(workload: Workload, rounds: usize) {
    println!("\n{workload}: {}", workload.what());
    let counts: Vec<_> = ALL.iter().map(|one| cost::instructions(one, workload)).collect();
    let (times, bytes) = if workload == Workload::W4 {
        cost::tasks(ALL, workload.calls(), rounds.div_ceil(4))
    } else {
        (cost::times(ALL, workload, rounds), Vec::new())
    };
    let (hand_count, hand_time) = (counts[BY_HAND], times[BY_HAND]);
    let column = if bytes.is_empty() { "" } else { "    bytes" };
    println!("  {:<20} {:>9} {:>7} {:>9} {:>7}{column}", "", "instr", "× hand", "ns", "× hand");
    for (index, Contender { name, .. }) in ALL.iter().enumerate() {
        let (count, time) = (counts[index], times[index]);
        if count.or(time).is_some() {
            let bytes = bytes.get(index).copied().flatten();
            let bytes = bytes.map_or(String::new(), |bytes| format!("{bytes:>9.0}"));
            println!("  {name:<20} {} {}{bytes}", figures(count, hand_count), figures(time, hand_time));
        }
    }
}

/// A figure, and how often it is that of the loop by hand.
fn figures(figure: Option<f64>, hand: Option<f64>) -> String {
    let ratio = figure.zip(hand).map_or("-".to_owned(), |(figure, hand)| format!("{:.2}", figure / hand));
    format!("{:>9} {ratio:>7}", figure.map_or("-".to_owned(), |figure| format!("{figure:.1}")))
}
