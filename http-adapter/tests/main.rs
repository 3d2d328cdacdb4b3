//! All integration tests of the adapter in one binary.

#![allow(clippy::arithmetic_side_effects, reason = "an overflow in a test panics, and so fails it")]
#![allow(clippy::unwrap_used, reason = "a panic in a helper fails its test, with the line")]
#![allow(clippy::items_after_statements, reason = "a test double stands inside the test that needs it")]

mod addresses;
mod amplification;
mod attempt_timeout;
mod attempts;
mod balancing;
mod blame;
mod bodies;
mod bounds;
mod client_proxies;
mod clients;
mod command_line;
mod configuration;
mod filters;
#[path = "../examples/gateway/demo/flaky.rs"]
mod flaky;
mod forwarding;
mod framing;
mod gateways;
mod grpc_codes;
mod incidents;
mod instances;
mod judged;
mod layering;
mod limits;
mod malformed_http2;
mod memory;
mod operating;
mod operation;
mod own_settings;
mod paths;
mod peek;
mod permanent;
mod pool;
mod protocols;
mod proxy;
mod readiness;
mod redirect_layer;
mod redirects;
mod refused;
mod replay;
mod response_from;
mod resting;
mod routing;
mod scenarios;
mod scripted;
mod service;
mod spring;
mod stopping;
mod support;
mod table;
#[allow(dead_code, reason = "the gateway uses what no test does")]
#[path = "../examples/gateway/time.rs"]
mod time;
mod transport;
mod upstream;
mod waits;
mod warnings;
mod with_reqwest;
mod written;
