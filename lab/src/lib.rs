//! The lab: what retry policies do, to a call and to a system in trouble.

#![allow(clippy::arithmetic_side_effects, reason = "an overflow in a simulation panics")]
#![allow(clippy::missing_panics_doc, reason = "what is expected is valid by the text beside it")]

pub mod schedule;
pub mod simulation;
pub mod storms;
