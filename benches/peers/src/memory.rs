//! The memory of a call, for each contender: the size of its future, and its allocations.

use crate::contenders::ALL;
use crate::cost;
use crate::sizes::COLUMNS;
use crate::workload::Workload;

pub(crate) fn print() {
    println!("\nbytes of a call's future, at an operation of so many bytes; and how often a call allocates");
    let columns = COLUMNS.map(|bytes| format!("{bytes:>7}")).join("");
    println!("  {:<20} {columns} {:>7} {:>7}", "", Workload::W1, Workload::W2b);
    for one in ALL {
        let bytes = (one.sizes)().map(|bytes| format!("{bytes:>7}")).join("");
        let [first, failing] = [Workload::W1, Workload::W2b].map(|workload| {
            cost::allocations(one, workload).map_or("-".to_owned(), |count| format!("{count:.0}"))
        });
        println!("  {:<20} {bytes} {first:>7} {failing:>7}", one.name);
    }
}
