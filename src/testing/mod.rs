//! For tests: virtual time, scripts, and the laws of backoffs.
//!
//! * [`VirtualTime`], exact to the nanosecond and without a runtime; a [`Script`] for an operation; [`cancel_everywhere`], which
//!   drops a future wherever it waits; and a [`Model`] of what a call should do.
//! * Laws in one call: [`assert_backoff`] against a [`Contract`], [`assert_delays`] for iterators of delays, [`assert_family`],
//!   [`assert_algebra`], [`assert_timer`], [`assert_budget`] and [`assert_classifier`]; each also as a [`Report`].
//! * [`Bands`] and [`sparkline`]: what a policy does, as text.
//!
//! ```
//! use persevere::testing::{Script, VirtualTime};
//! use persevere::{BackoffExt, Retry, exponential};
//! use std::time::Duration;
//!
//! let ms = Duration::from_millis;
//! let time = VirtualTime::new();
//! let script = Script::new(&time).takes(ms(30)).fails("busy").takes(ms(20)).succeeds(7);
//!
//! let call = Retry::new(exponential(ms(100)).attempts(3), script.operation(), time.clone());
//! assert_eq!(time.run(call), Ok(7));
//! assert_eq!(time.sleeps(), [ms(100)]);
//! assert_eq!(time.elapsed(), ms(30 + 100 + 20));
//! ```

mod algebra;
mod bands;
mod budget_laws;
mod cancel;
mod check;
mod classifier_laws;
mod contract;
mod family;
mod jitter_law;
mod law;
mod laws;
mod model;
mod plot;
mod report;
mod schedule_laws;
mod script;
mod statistics;
mod subject;
mod time;
mod timer_laws;

pub use self::algebra::{algebra_laws, assert_algebra};
pub use self::bands::Bands;
pub use self::budget_laws::{Earnings, assert_budget, budget_laws};
pub use self::cancel::cancel_everywhere;
pub use self::check::Check;
pub use self::classifier_laws::{assert_classifier, classifier_laws};
pub use self::contract::Contract;
pub use self::family::{assert_family, family_laws};
pub use self::jitter_law::{JitterLaw, Share};
pub use self::law::Law;
pub use self::model::{Course, Model};
pub use self::plot::{short_duration, sparkline};
pub use self::report::{Finding, Report};
pub use self::schedule_laws::{assert_backoff, assert_delays};
pub use self::script::{Script, ScriptFuture};
pub use self::time::{VirtualSleep, VirtualTime};
pub use self::timer_laws::{assert_timer, timer_laws};
