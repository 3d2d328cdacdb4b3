//! For property tests: readable durations, backoffs, policies and scripts, with the feature `proptest`.
//!
//! What fails is shrunk to something that one can paste into a unit test: an [`AnyBackoff`](crate::AnyBackoff) prints as the code that makes it. The feature
//! is named after proptest 1, which is part of its interface; another version would get another feature.
//!
//! Every backoff and every configuration has an [`Arbitrary`](proptest::arbitrary::Arbitrary) of its own, so
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
