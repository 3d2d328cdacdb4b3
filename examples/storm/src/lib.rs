//! Retry storms in simulation: what starts them, what feeds them, and what prevents them.

#![allow(clippy::arithmetic_side_effects, reason = "an overflow in a simulation panics")]
#![allow(clippy::missing_panics_doc, reason = "what is expected is valid by the text beside it")]

mod caller;
mod claim;
mod dice;
mod engine;
mod executor;
pub mod experiments;
mod load;
mod parallel;
pub mod pictures;
mod scenario;
mod series;
mod server;
pub mod tables;
mod time;
mod wheel;

pub use claim::{Claim, Tolerance, heading};
pub use dice::Dice;
pub use engine::{simulate, unwatched};
pub use executor::through_the_executor;
pub use load::{Load, Rate};
pub use scenario::Scenario;
pub use series::{Second, Series};
pub use server::{Answer, Crowded, Fifo, Flaky, Server, Trigger};
pub use time::{Nanos, SECOND, nanos, seconds};
pub use wheel::Wheel;
