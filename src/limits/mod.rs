//! Limits: what ends a call that fails. [`Attempts`] counts, [`Within`] and [`CallDeadline`] watch the clock, and a call
//! may have a [`TotalSleep`].
//! Each limit is a file of this folder, with the whole of its rule.

mod attempts;
pub(crate) mod deadline;
pub(crate) mod total_sleep;

pub use self::attempts::Attempts;
pub use self::deadline::{Bounded, CallDeadline, Within};
pub use self::total_sleep::{Rationed, TotalSleep};
