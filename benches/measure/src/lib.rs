//! Instructions and allocations by valgrind, times in interleaved rounds, and figures that are held.

#![allow(clippy::arithmetic_side_effects, reason = "an overflow in a benchmark panics")]

mod figures;
mod rounds;
mod valgrind;

pub use figures::{Figures, hold};
pub use rounds::{median, nanos, ratio, rounds};
pub use valgrind::{allocations, can_count, compiler, instructions, of_one_call};
