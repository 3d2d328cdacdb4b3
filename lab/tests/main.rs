//! All integration tests of the lab in one binary.

#![allow(clippy::arithmetic_side_effects, reason = "an overflow in a test panics")]

mod experiments;
mod schedule;
mod simulation;
mod wheel;
