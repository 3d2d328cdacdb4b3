//! Retry any async operation: `retry(policy, || future)`.
//!
//! A **call** runs an **operation**. Each **attempt** ends in an outcome; the **classifier** gives a
//! **verdict**; the **session** asks the **backoff** (shaped by **jitter** and **limits**, joined by
//! **compose**) and the **budget** for a **decision**, and tells the **observer**. The **executor** obeys: it
//! returns, or sleeps on the **timer** and attempts again. The **schedule** is the session without the world. Every bold word is a
//! file or a folder of the source.
//!
//! ```
//! use persevere::{BackoffExt, exponential, retry};
//! use std::time::Duration;
//!
//! # async fn fetch() -> Result<u8, std::io::Error> { Ok(7) }
//! # #[tokio::main(flavor = "current_thread")] async fn main() -> std::io::Result<()> {
//! let backoff = exponential(Duration::from_millis(50))
//!     .capped(Duration::from_secs(2))
//!     .full_jitter()
//!     .attempts(5)
//!     .within(Duration::from_secs(10));
//!
//! let page = retry(backoff, fetch).when(|error| error.kind() != std::io::ErrorKind::NotFound).await?;
//! # assert_eq!(page, 7); Ok(()) }
//! ```
//!
//! # What to expect
//!
//! * Adding a retry changes nothing around it: the call has the type of the operation, and when it gives up,
//!   the last outcome comes back untouched.
//! * An *attempt* counts from 1 and includes the first; a *retry* does not. `attempts(5)` is at most five
//!   calls of the operation, `retries(5)` at most six.
//! * The order of a delay is growth, cap, jitter downwards, hint, deadline, budget. No jitter exceeds
//!   the cap; only a floor that stands behind it does. A call that would sleep up to its deadline or past it stops before the sleep.
//! * A policy is a value without state: share it, and no two calls share their jitter.
//! * Dropping the future leaves nothing behind; the discarded outcome is dropped before the sleep,
//!   unless `stop_on` may yet ask for it.
//! * Durations saturate: zero and [`Duration::MAX`](std::time::Duration::MAX) are ordinary settings, and a
//!   limit of `Duration::MAX` is no limit.
//!
//! # Features
//!
//! `tokio` (default): `Tokio`, the timer of calls that name no other. Without it, name your own [`Timer`] with
//! [`Retry::new`].
//!
//! `futures-timer`: `FuturesTimer`, for executors other than tokio's. It never becomes the timer of calls that name no
//! other: what one crate enables must not change the calls of another.
//!
//! `futures`: `retry_stream`, a stream that is opened again after a failure.
//!
//! `serde`: `PolicyConfig`, a policy in a configuration file; and an [`Attempt`] can be saved, and a session resumed from
//! it.
//!
//! `tracing`: `Trace`, an observer that writes events, and `traced`, a span around a call.
//!
//! `metrics`: `Metrics`, an observer that counts.
//!
//! `testing`: virtual time, scripted operations, a model of what a call should do, and the laws of backoffs, timers, budgets and
//! classifiers, without dependencies. `proptest`: strategies for property tests.
//!
//! # Platforms
//!
//! Wherever the standard library is; the time comes in through a [`Timer`]. On `wasm32-unknown-unknown`, where that library
//! has neither a clock nor entropy, name a timer of your own with [`Retry::new`], and give [`reseed`] a random word when
//! the program begins: without it, every instance draws the same jitter. [`blocking`], `Tokio` and `FuturesTimer` do not
//! work there, and `proptest` builds only if your program tells its `getrandom` where entropy comes from. `ci/web` builds the
//! other features and runs a program with a timer of its own; it is no part of the tests that run at every commit.

#![cfg_attr(docsrs, feature(doc_cfg))]
#![cfg_attr(
    not(feature = "tokio"),
    allow(rustdoc::broken_intra_doc_links, reason = "`retry` is there with the feature `tokio` only")
)]

mod as_policy;
mod attempt;
#[cfg(feature = "serde")]
mod attempt_serde;
mod backoff;
pub mod blocking;
mod bounds;
mod budget;
mod call;
mod call_rules;
mod call_settings;
mod classifier;
mod clock;
mod compose;
#[cfg(feature = "serde")]
mod config;
mod decision;
mod driver;
mod entropy;
mod error;
mod executor;
mod hint;
mod jitter;
mod limits;
mod manual_loop;
#[cfg(feature = "metrics")]
mod metrics;
mod nanos;
mod needs;
mod observe;
mod operation;
mod policy;
pub mod presets;
mod report;
mod rounded;
mod rust_code;
mod schedule;
mod session;
mod step;
#[cfg(feature = "proptest")]
pub mod strategies;
#[cfg(feature = "futures")]
mod stream;
#[cfg(feature = "testing")]
pub mod testing;
mod timeout;
mod timer;
#[cfg(feature = "tracing")]
mod trace;
mod verdict;

pub use as_policy::Parts;
pub use attempt::{Attempt, Failure};
pub use backoff::{
    AnyBackoff, Backoff, BackoffWrapper, Constant, Decorrelated, Exponential, Fibonacci, FromDelays, FromFn,
    Linear, Polynomial, Sequence, constant, decorrelated, exponential, fibonacci, from_delays, from_fn,
    linear, polynomial, sequence,
};
pub use bounds::Bounds;
pub use budget::{
    AnyBudget, AnyPermit, Budget, Permit, RatioBudget, RatioPermit, TokenBudget, TokenPermit, Unlimited,
};
#[cfg(feature = "tokio")]
pub use call::{retry, retry_attempt, retry_with, start};
pub use call_rules::CallRules;
pub use call_settings::{CallSetting, Classified, Instead, Listener, Refining, Seed, Seeded, Watched, With};
pub use classifier::{AnyError, Classifier, ClassifyFn, Refine, Refined, Until, When, classify_fn};
pub use clock::{Clock, Stamp};
pub use compose::{And, BackoffExt, ByKind, Capped, Floor, Or, ResetAfter, Then};
#[cfg(feature = "serde")]
pub use config::{
    BudgetConfig, ByKindConfig, ConfiguredPolicy, CostConfig, GrowthConfig, JitterConfig, PolicyConfig,
};
pub use decision::{Decision, Reason};
pub use entropy::{Entropy, random_word, reseed};
pub use error::{Elapsed, Invalid};
pub use executor::Retry;
pub use hint::{DEFAULT_MAX_HINT, Hint};
pub use jitter::{EqualJitter, FullJitter, ProportionalJitter};
pub use limits::{Attempts, Bounded, CallDeadline, Rationed, TotalSleep, Within};
pub use manual_loop::{Again, Wait};
#[cfg(feature = "metrics")]
pub use metrics::Metrics;
pub use needs::Needs;
pub use observe::{Event, ObserveFn, Observer, OnRetry, Silent, observe_fn};
pub use operation::{Interruptible, Lent, Numbered, Operation, Shape, StopOn};
pub use policy::{DefaultBackoff, Policy};
pub use report::{GaveUp, Notes, Recorded, Report, Reporting};
pub use schedule::Schedule;
pub use session::Session;
pub use step::{PermitOf, Step};
#[cfg(all(feature = "futures", feature = "tokio"))]
pub use stream::retry_stream;
#[cfg(feature = "futures")]
pub use stream::{Opening, Reading, ReopenAtEnd, RetryStream};
pub use timeout::{Timed, TimedAttempt};
#[cfg(not(feature = "tokio"))]
pub use timer::NoTimer;
#[cfg(feature = "tokio")]
pub use timer::Tokio;
pub use timer::{DefaultTimer, Timer};
#[cfg(feature = "futures-timer")]
pub use timer::{FuturesSleep, FuturesTimer};
#[cfg(feature = "tracing")]
pub use trace::{Trace, Traced};
pub use verdict::{Kind, Verdict};
