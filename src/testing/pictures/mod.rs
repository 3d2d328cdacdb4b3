//! Pictures of delays, as text: [`Bands`] over many seeds, and a [`sparkline`].

mod bands;
mod sparkline;

pub use self::bands::Bands;
pub use self::sparkline::{short_duration, sparkline};
