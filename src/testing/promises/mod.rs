//! What a backoff promises: its [`Contract`] and its [`JitterLaw`]; and how thoroughly a [`Check`] looks at it.

mod check;
mod contract;
mod jitter;

pub use self::check::Check;
pub use self::contract::Contract;
pub(crate) use self::jitter::{Drawn, nanos};
pub use self::jitter::{JitterLaw, Share};
