//! All integration tests of the core in one binary.

#![allow(clippy::arithmetic_side_effects, reason = "an overflow in a test panics, and so fails it")]
#![allow(clippy::unwrap_used, reason = "a panic in a helper fails its test, with the line")]
#![allow(clippy::items_after_statements, reason = "a test double stands inside the test that needs it")]

mod adjust;
mod any_budget;
mod auto_traits;
mod bounds;
mod budget;
mod cancellation;
mod clock;
mod config;
mod executor;
mod forms;
mod jitters;
mod judged;
mod kit;
mod laws;
mod layering;
mod metrics;
mod model;
mod operation;
mod outside;
mod panics;
mod reset;
mod schedule;
mod session;
mod spawning;
mod stop;
mod stream;
mod support;
mod text;
mod timer;
mod trace;
mod ui;
mod vectors;
