//! Retry storms: what starts them, what feeds them, and what prevents them.

pub(crate) mod claim;
mod command;
pub mod experiments;
mod options;
mod pictures;
mod tables;

pub use self::claim::{Claim, Tolerance, heading};
pub use self::command::run;
pub use self::options::Storms;
