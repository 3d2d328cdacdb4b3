//! Laws of backoffs: of one [schedule](schedules), of [families](family) and of their [algebra].
//!
//! The laws of a schedule are grouped by their subject. A family is a backoff with different settings. The algebra joins backoffs.

mod algebra;
mod ends;
mod family;
mod growth;
mod range;
mod schedules;
mod seeds;
mod spread;
mod trials;

pub use self::algebra::{algebra_laws, assert_algebra};
pub use self::family::{assert_family, family_laws};
pub use self::schedules::{assert_backoff, assert_delays};
