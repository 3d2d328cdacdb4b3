//! What each contender takes for one call: instructions, allocations and time.

use std::process::Command;

use measure::{can_count, median, nanos, of_one_call, ratio, rounds};

use crate::contenders::Contender;
use crate::tasks::Taken;
use crate::workload::Workload;

/// Instructions of one call, counted by callgrind.
pub(crate) fn instructions(contender: &Contender, workload: Workload) -> Option<f64> {
    counted(contender, workload, measure::instructions)
}

/// Allocations of one call, counted by memcheck.
pub(crate) fn allocations(contender: &Contender, workload: Workload) -> Option<f64> {
    counted(contender, workload, measure::allocations)
}

fn counted(contender: &Contender, workload: Workload, count: fn(&[&str]) -> u64) -> Option<f64> {
    if !can_count() || !(contender.run)(workload, 1) {
        return None;
    }
    let arguments = ["run", contender.name, &workload.to_string().to_lowercase()];
    Some(of_one_call(count, &arguments, workload.counted()) / workload.parts())
}

/// Nanoseconds of one call for each contender: the middle of some rounds, in each of which everybody has a turn.
pub(crate) fn times(contenders: &[Contender], workload: Workload, count: usize) -> Vec<Option<f64>> {
    let can: Vec<_> = contenders.iter().map(|one| (one.run)(workload, 10).then_some(one.run)).collect();
    rounds(&can, count, |run| {
        let run = (*run)?;
        let nanos = nanos(|| assert!(run(workload, workload.calls()), "it could before"));
        Some(ratio(nanos, workload.calls()) / workload.parts())
    })
}

/// Nanoseconds of a processor and bytes of memory for each of `count` tasks at once, in a process of their own each time:
/// the middle of some rounds.
pub(crate) fn tasks(
    contenders: &[Contender],
    count: u64,
    rounds: usize,
) -> (Vec<Option<f64>>, Vec<Option<f64>>) {
    let mut taken: Vec<_> = contenders.iter().map(|_| Vec::new()).collect();
    for _ in 0..rounds {
        for (contender, taken) in contenders.iter().zip(&mut taken) {
            taken.push(tasks_once(contender, count));
        }
    }
    let middle = |of: fn(&Taken) -> u64| {
        let each = |taken: &Vec<Taken>| median(taken.iter().map(|taken| ratio(of(taken), count)).collect());
        taken.iter().map(each).collect()
    };
    (middle(|taken| taken.nanos), middle(|taken| taken.bytes))
}

fn tasks_once(contender: &Contender, count: u64) -> Taken {
    let this = std::env::current_exe().expect("this program has a path");
    let output = Command::new(this)
        .args(["tasks", contender.name, &count.to_string()])
        .output()
        .expect("this program runs");
    let text = String::from_utf8_lossy(&output.stdout);
    let mut figures = text.split_whitespace().map(|word| word.parse().expect("a number"));
    let mut next = || figures.next().expect("two numbers");
    Taken { nanos: next(), bytes: next() }
}
