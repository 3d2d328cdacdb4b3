//! What a policy would do: its delays, their bands over many seeds, and what a call never exceeds.

mod command;
mod picture;

pub use self::command::{Options, run};
pub use self::picture::draw;
