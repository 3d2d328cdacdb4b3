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

mod findings;
mod laws;
mod parts;
mod pictures;
mod promises;
mod runs;
mod worlds;

pub use self::findings::{Finding, Law, Report};
pub use self::laws::{
    algebra_laws, assert_algebra, assert_backoff, assert_delays, assert_family, family_laws,
};
pub use self::parts::{
    Earnings, assert_budget, assert_classifier, assert_timer, budget_laws, classifier_laws, timer_laws,
};
pub use self::pictures::{Bands, short_duration, sparkline};
pub use self::promises::{Check, Contract, JitterLaw, Share};
pub use self::worlds::{Course, Model, Script, ScriptFuture, VirtualSleep, VirtualTime, cancel_everywhere};
