//! Limits: what ends a call that fails. [`Attempts`] counts, [`Within`] watches the clock, and one call may have a total sleep.
//! Each limit is a file of this folder, with the whole of its rule.

mod attempts;
pub(crate) mod deadline;
pub(crate) mod total_sleep;

pub use self::attempts::Attempts;
pub use self::deadline::Within;
