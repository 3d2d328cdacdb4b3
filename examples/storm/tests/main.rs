//! Short versions of the experiments with fixed seeds, and what the simulation itself has to keep to.

#![allow(clippy::arithmetic_side_effects, reason = "an overflow in a test panics")]

mod experiments;
mod simulation;
mod wheel;
