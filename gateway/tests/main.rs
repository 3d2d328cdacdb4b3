//! All integration tests of the gateway in one binary.

#![allow(clippy::arithmetic_side_effects, reason = "an overflow in a test panics, and so fails it")]
#![allow(clippy::unwrap_used, reason = "a panic in a helper fails its test, with the line")]
#![allow(clippy::items_after_statements, reason = "a test double stands inside the test that needs it")]

mod addresses;
mod blame;
mod bounds;
mod command_line;
mod filters;
#[path = "../src/demo/flaky.rs"]
mod flaky;
mod forwarding;
mod framing;
mod gateways;
mod instances;
mod malformed_http2;
mod operating;
mod operation;
mod paths;
mod pool;
mod protocols;
mod proxy;
mod response_from;
mod resting;
mod routing;
mod scenarios;
mod support;
mod waits;
mod written;
