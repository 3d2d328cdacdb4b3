//! Laws of backoffs: of one [schedule](schedules), by what they speak of; of [families](family) with other settings; and of
//! backoffs that are [put together](algebra).

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
