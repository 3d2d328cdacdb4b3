//! HTTP for [`persevere`]: status series, methods and transport failures as a classifier, bodies that can be
//! sent again, and a tower layer that makes a gateway's retry filter of them.
//!
//! ```
//! use persevere_http::{RetryFilter, RetryLayer};
//!
//! let filter = RetryFilter::gateway().retries(2).build()?;
//! let layer = RetryLayer::new(filter);
//! # let _ = layer;
//! # Ok::<(), persevere::Invalid>(())
//! ```
//!
//! # What to expect
//!
//! * A [`RetryFilter`] judges by rules. [`GatewayRules`] send again what may safely be sent again. The rules of the module `spring`
//!   have the parameters, defaults and arithmetic of Spring Cloud Gateway's `Retry` filter. Its shortcut text and YAML can be read, too.
//!   With `retries = 3`, there are at most four attempts.
//! * Without tower, [`HttpClassifier`] judges for [`persevere::retry`] by [`GatewayRules`].
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
//! * `tokio` (default): waits on tokio's timer.
//! * `spring` (default): adds the module `spring`.
//! * `yaml`: adds `spring::yaml` and `spring::routes`, which read filters and files of routes.
//! * `hyper`: reads the errors of hyper and of hyper-util's client, and adds `MarkReuse` for its connectors.
//! * `h2`: also reads the errors of HTTP/2.
//! * `reqwest`: also reads the errors of reqwest.
//!
//! Without the last three, only the errors of `std::io`, timeouts, [`HeadTimeout`], [`AfterHead`], [`NotConnected`] and
//! [`OnReusedConnection`] are understood.

#![cfg_attr(docsrs, feature(doc_cfg))]

mod attempt_timeout;
mod classifier;
#[cfg(feature = "hyper")]
mod connector;
mod drain;
mod exchange;
mod explanation;
mod failure;
mod filter;
mod layer;
mod list;
mod method;
mod peek;
mod pushback;
mod rate_limit;
mod redacted;
mod replay;
mod retry_after;
mod retry_service;
mod reuse;
mod rules;
#[cfg(feature = "spring")]
pub mod spring;
mod status;
mod stopping;

pub use attempt_timeout::{AttemptTimeoutLayer, LastAttempt};
pub use classifier::HttpClassifier;
#[cfg(feature = "hyper")]
pub use connector::MarkReuse;
pub use explanation::Explanation;
pub use failure::{AfterHead, HeadTimeout, NotConnected, OnReusedConnection, TransportFailure};
pub use filter::{RetryFilter, RetryFilterBuilder};
pub use layer::RetryLayer;
pub use peek::PeekTrailersLayer;
pub use pushback::pushback;
pub use rate_limit::rate_limit_reset;
pub use redacted::redacted;
pub use replay::{KeptBody, Replay, ReplayBody, ReplayError, ReplayPool, ReplaySource};
pub use retry_after::retry_after;
pub use retry_service::RetryService;
pub use reuse::{FreshConnection, Reuse};
pub use rules::{GatewayRules, Head, Outcome, RequestFacts, Row, Rules, Ruling};
pub use status::Statuses;

/// Services, futures, bodies and errors that the layers and connectors of this crate create.
pub mod service {
    pub use crate::attempt_timeout::{AttemptError, AttemptTimeout, TimedAttempt};
    #[cfg(feature = "hyper")]
    pub use crate::connector::{Connecting, Marked};
    pub use crate::peek::{PeekTrailers, PeekedBody, Peeking};
    pub use crate::retry_service::Retrying;
}
