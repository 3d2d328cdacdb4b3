//! All integration tests of the adapter in one binary.

#![allow(clippy::arithmetic_side_effects, reason = "an overflow in a test panics, and so fails it")]
#![allow(clippy::unwrap_used, reason = "a panic in a helper fails its test, with the line")]
#![allow(clippy::items_after_statements, reason = "a test double stands inside the test that needs it")]

mod amplification;
mod attempt_timeout;
mod attempts;
mod bodies;
mod client_proxies;
mod clients;
mod configuration;
mod grpc_codes;
mod incidents;
mod judged;
mod limits;
mod memory;
mod own_settings;
mod peek;
mod permanent;
mod readiness;
mod reading;
mod redirect_layer;
mod redirects;
mod refused;
mod replay;
mod rules;
mod scripted;
mod service;
mod spring;
mod stopping;
mod table;
mod transport;
mod warnings;
mod with_reqwest;
