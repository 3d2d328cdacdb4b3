//! The guard: persevere's instructions, allocations and sizes, held against figures that were found good.
//!
//! Instructions are those of one compiler: with another one, sizes alone are held.

use std::process::ExitCode;

use measure::{Figures, ratio};

use crate::contenders::{ALL, BY_HAND, Contender, OURS};
use crate::cost;
use crate::sizes::COLUMNS;
use crate::workload::Workload;

const FILE: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/figures.txt");

/// Work of persevere alone, held as it is.
const HELD: [Workload; 5] = [Workload::W1, Workload::W1i, Workload::W1b, Workload::W2n, Workload::W6];

/// Work that is mostly the timer's, held as so many times what the loop by hand takes with the same timer.
const HELD_BY_HAND: [Workload; 1] = [Workload::W2];

/// Work of which allocations are held: there shall be none.
const UNALLOCATED: [Workload; 2] = [Workload::W1, Workload::W2b];

fn sizes() -> Figures {
    let of = |one: &'static Contender| {
        let columns = COLUMNS.iter().zip((one.sizes)());
        columns.map(|(bytes, size)| (format!("{}: bytes around {bytes}", one.name), ratio(size as u64, 1)))
    };
    ALL[OURS].iter().flat_map(of).collect()
}

fn counts() -> Figures {
    let mut figures = Vec::new();
    for one in &ALL[OURS] {
        for workload in HELD {
            let counted = cost::instructions(one, workload);
            figures.extend(counted.map(|counted| (format!("{}: {workload}", one.name), counted)));
        }
        for workload in UNALLOCATED {
            let count = cost::allocations(one, workload);
            figures.extend(count.map(|count| (format!("{}: {workload}, allocations", one.name), count)));
        }
        for workload in HELD_BY_HAND {
            let [counted, by_hand] = [one, &ALL[BY_HAND]].map(|one| cost::instructions(one, workload));
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
    measure::hold(FILE, "cargo run --release -p peers -- guard", update, sizes, counts)
}
