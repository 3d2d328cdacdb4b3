//! What each library can express: operations that change state, borrow, or must stay on their thread.
//!
//! Every cell of the [`TABLE`] has a proof that `cargo test -p peers --doc` compiles, and runs if the answer is yes: a
//! call whose operation fails twice. The macro of `proofs` writes the answer and its proof from one word, so they
//! cannot disagree.

#[macro_use]
mod proofs;

#[cfg(feature = "peers")]
mod backoff;
#[cfg(feature = "peers")]
mod backon;
mod by_hand;
#[cfg(feature = "peers")]
mod gax;
mod ours;
#[cfg(feature = "peers")]
mod tokio_retry;
#[cfg(feature = "peers")]
mod tokio_retry2;
#[cfg(feature = "peers")]
mod tower;
#[cfg(feature = "peers")]
mod tryhard;

/// What one library can express.
#[derive(Clone, Copy, Debug)]
pub struct Row {
    /// The library, with its version.
    pub name: &'static str,
    /// Whether it can do what the [column](COLUMNS) asks for.
    pub cells: [bool; 6],
}

/// The columns: a letter, and what it asks for. Nothing may be put into a cell or a lock for the library's sake.
pub const COLUMNS: [(char, &str); 6] = [
    ('A', "the closure changes a variable of its caller"),
    ('B', "the future borrows something by `&mut` that is not Clone"),
    ('C', "the future borrows something by `&` that is not Clone"),
    ('D', "the future is not Send: it holds an `Rc` while it waits"),
    ('E', "C, and the whole is Send: a task that may be spawned"),
    ('F', "B, and the whole is Send: a task that may be spawned"),
];

/// Everybody, the loop by hand first.
pub const TABLE: &[Row] = &[
    by_hand::ROW,
    ours::ROW,
    #[cfg(feature = "peers")]
    backon::ROW,
    #[cfg(feature = "peers")]
    tokio_retry::ROW,
    #[cfg(feature = "peers")]
    tokio_retry2::ROW,
    #[cfg(feature = "peers")]
    tower::ROW,
    #[cfg(feature = "peers")]
    backoff::ROW,
    #[cfg(feature = "peers")]
    tryhard::ROW,
    #[cfg(feature = "peers")]
    gax::ROW,
];

/// Prints the table, and what its columns ask for.
pub fn print() {
    println!("\nwhat each library can express; `cargo test -p peers --doc` compiles every cell");
    println!("  {:<22} {}", "", COLUMNS.map(|(letter, _)| letter.to_string()).join("   "));
    for Row { name, cells } in TABLE {
        let answers = cells.map(|yes| if yes { "yes" } else { "no " });
        println!("  {name:<22} {}", answers.join(" ").trim_end());
    }
    for (letter, meaning) in COLUMNS {
        println!("  {letter}: {meaning}");
    }
}

#[cfg(test)]
mod tests {
    use super::{Row, TABLE};

    #[test]
    fn ours_and_the_loop_by_hand_can_do_everything() {
        for Row { name, cells } in &TABLE[..2] {
            assert_eq!(cells, &[true; 6], "{name}");
        }
    }

    #[test]
    fn what_can_be_spawned_can_be_done_in_place() {
        for Row { name, cells: [_, lent, shared, _, shared_task, lent_task] } in TABLE {
            assert!(shared >= shared_task && lent >= lent_task, "{name}");
        }
    }
}
