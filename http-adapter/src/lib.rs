//! HTTP for [`persevere`]: status series, methods and transport failures as a classifier, bodies that can be
//! sent again, and a tower layer that makes a gateway's retry filter of them.
//!
//! ```
//! use persevere_http::{RetryFilter, RetryLayer};
//!
//! let filter: RetryFilter = "Retry=3,BAD_GATEWAY,GET,10ms,50ms,2,false".parse()?;
//! let layer = RetryLayer::new(filter);
//! # let _ = layer;
//! # Ok::<(), persevere_http::ConfigError>(())
//! ```
//!
//! # What to expect
//!
//! * A [`RetryFilter`] has one of two profiles: [`gateway`](RetryFilter::gateway) sends again what may safely be sent
//!   again; [`spring`](RetryFilter::spring) has the parameters, defaults and arithmetic of Spring Cloud Gateway's `Retry`
//!   filter, whose shortcut text and YAML are read. `retries = 3` is at most four attempts in either.
//! * Without tower, [`HttpClassifier`] judges for [`persevere::retry`] by the table of the profile `gateway`.
//! * The future of a call is [`persevere::Retry`] inside, the same executor as for any other operation.
//! * The first attempt always streams. The body is kept while it passes, up to a limit; beyond it the request
//!   still goes through and is not retried. A part of a body never passes for the whole. A request that is
//!   never retried keeps nothing.
//! * When the retries run out, the last response or error comes back unchanged. The [`Explanation`] of a response says what it
//!   took.
//! * The [`Attempt`](persevere::Attempt) is among the extensions of each request that may be sent again, and
//!   [`LastAttempt`] when none can follow; an [`AttemptTimeoutLayer`] inside the retry layer limits the time of each.
//!
//! # Features
//!
//! `tokio` (default): waits on tokio's timer. `yaml`: filters from YAML. `hyper`: reads the errors of hyper and of
//! hyper-util's client, and has [`MarkReuse`] for its connectors; `h2`: also those of HTTP/2; `reqwest`: also those of
//! reqwest. Without them, only the errors of `std::io`, time-outs, [`HeadTimeout`], [`AfterHead`], [`NotConnected`] and
//! [`OnReusedConnection`] are understood.

#![cfg_attr(docsrs, feature(doc_cfg))]

mod attempt_timeout;
mod classifier;
mod config;
#[cfg(feature = "hyper")]
mod connector;
mod drain;
mod exception;
mod exchange;
mod explanation;
mod failure;
mod filter;
mod layer;
mod list;
mod method;
mod peek;
mod position;
mod pushback;
mod rate_limit;
mod redacted;
mod replay;
mod retry_after;
mod reuse;
mod rules;
mod service;
mod spring_backoff;
mod status;
mod stopping;
mod warning;

pub use attempt_timeout::{AttemptError, AttemptTimeout, AttemptTimeoutLayer, LastAttempt, TimedAttempt};
pub use classifier::HttpClassifier;
pub use config::ConfigError;
#[cfg(feature = "hyper")]
pub use connector::{Connecting, MarkReuse, Marked};
pub use exception::Exception;
pub use explanation::Explanation;
pub use failure::{AfterHead, HeadTimeout, NotConnected, OnReusedConnection, TransportFailure};
pub use filter::{RetryFilter, RetryFilterBuilder};
pub use layer::RetryLayer;
pub use peek::{PeekTrailers, PeekTrailersLayer, PeekedBody, Peeking};
pub use position::Position;
pub use pushback::pushback;
pub use rate_limit::rate_limit_reset;
pub use redacted::redacted;
pub use replay::{KeptBody, Replay, ReplayBody, ReplayError, ReplayPool, ReplaySource};
pub use retry_after::retry_after;
pub use reuse::{FreshConnection, Reuse};
pub use rules::{GatewayRules, Head, Outcome, RequestFacts, Row, Ruling};
pub use service::{RetryService, Retrying};
pub use spring_backoff::{SpringBackoff, SpringJitter};
pub use status::{Series, Statuses};
pub use warning::{Trap, Warning};

/// The profiles that a [`RetryFilterBuilder`] is for, as types.
pub mod profile {
    pub use crate::filter::{Built, Gateway, Spring};
}

/// YAML as a tree of texts, each with its place: what [`RetryFilter::from_node`] reads, for configurations around it. With the
/// feature `yaml`.
#[cfg(feature = "yaml")]
pub mod yaml {
    pub use crate::config::{Key, Node, Placeholders, Value, closest};
}
