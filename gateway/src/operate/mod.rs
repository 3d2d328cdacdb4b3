//! The parts of the gateway for its operator.
//!
//! They limit connections, write the log, count, report health, stop, and reload the configuration.

mod admin;
mod connections;
mod delivery;
mod linger;
mod live;
mod log;
mod metrics;
mod reload;
mod routes;
mod series;
mod server;
mod signals;
mod socket;
mod visitors;
mod workers;

pub(crate) use self::admin::Admin;
pub(crate) use self::live::Live;
pub(crate) use self::log::{Log, LogLevel};
pub(crate) use self::metrics::Metrics;
pub(crate) use self::reload::hear_reloads;
pub(crate) use self::server::{Limits, serve};
pub(crate) use self::signals::Ends;
pub(crate) use self::workers::Workers;
