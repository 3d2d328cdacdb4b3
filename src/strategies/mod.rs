//! For property tests: readable durations, backoffs, policies and scripts, with the feature `proptest`.
//!
//! What fails is shrunk to something that one can paste into a unit test: an [`AnyBackoff`](crate::AnyBackoff) prints as the
//! code that makes it. The feature is named after proptest 1, which is part of its interface; another version would get
//! another feature.
//!
//! Every kind of growth and every configuration has an [`Arbitrary`](proptest::arbitrary::Arbitrary) of its own, so
//! `any::<Exponential>()` works, and `any_with::<Exponential>(Domain::Full)` for the edges of all that there is.
//!
//! ```
//! use persevere::strategies::{self, Domain};
//! use persevere::{AnyBackoff, BackoffExt, Bounds};
//! use proptest::prelude::*;
//! use std::time::Duration;
//!
//! // What this application makes of whatever an operator has written.
//! fn service(delays: AnyBackoff) -> impl persevere::Parts {
//!     delays.capped(Duration::from_secs(60)).attempts(10)
//! }
//!
//! proptest! {
//!     # #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::with_cases(64) })]
//!     # /*
//!     #[test]
//!     # */
//!     fn retries_fit_the_time_limit(delays in strategies::backoff(Domain::Human, 2)) {
//!         let bounds = Bounds::of(&service(delays));
//!         prop_assert!(bounds.most_sleep.is_some_and(|most| most <= Duration::from_secs(840)), "{bounds:?}");
//!     }
//! }
//! # retries_fit_the_time_limit();
//! ```
//!
//! With the feature `serde`, a [`PolicyConfig`](crate::PolicyConfig) stands for whatever an operator may write. Here is the
//! proof that no file of theirs makes a call exceed the 15 minutes which its platform gives it, when an attempt takes up to
//! a minute; hints of the other side included, as a deadline holds for them too.
//!
//! ```
//! # #[cfg(feature = "serde")] {
//! use persevere::strategies::Domain;
//! use persevere::{Bounds, Invalid, PolicyConfig};
//! use proptest::prelude::*;
//! use std::time::Duration;
//!
//! /// What this application makes of the operators' file: whatever it says, at most 20 attempts, and no sleep that ends
//! /// after 840 seconds.
//! fn service(mut config: PolicyConfig) -> Result<impl persevere::Parts, Invalid> {
//!     config.attempts = Some(config.attempts.map_or(20, |attempts| attempts.min(20)));
//!     config.within = config.within.min(Duration::from_secs(840));
//!     config.reset_after = Duration::MAX; // no call starts over
//!     config.policy()
//! }
//!
//! proptest! {
//!     # #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::with_cases(64) })]
//!     # /*
//!     #[test]
//!     # */
//!     fn calls_fit_into_fifteen_minutes(config in any_with::<PolicyConfig>(Domain::Full)) {
//!         let bounds = Bounds::of(&service(config).expect("a valid configuration"));
//!         let worst = bounds.worst_time(Duration::from_secs(60));
//!         prop_assert!(worst.is_some_and(|worst| worst <= Duration::from_secs(900)), "{worst:?}\n{bounds}");
//!     }
//! }
//! # calls_fit_into_fifteen_minutes();
//! # }
//! ```

mod arbitrary;
mod composed;
#[cfg(feature = "serde")]
mod configs;
mod domain;
mod scripts;
mod time;

pub use self::composed::{backoff, memoryless};
pub use self::domain::Domain;
pub use self::scripts::attempts;
pub use self::time::{duration, seed};
