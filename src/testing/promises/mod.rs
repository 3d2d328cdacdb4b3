//! Promises of a backoff: its [`Contract`] and its [`JitterLaw`]. A [`Check`] says how thoroughly they are checked.

mod check;
mod contract;
mod jitter;

pub use self::check::Check;
pub use self::contract::Contract;
pub(crate) use self::jitter::{Drawn, nanos};
pub use self::jitter::{JitterLaw, Share};
