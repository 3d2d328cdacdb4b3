//! The atomics of the budgets: those of the standard library, or of the model checker in its tests under `cfg(loom)`.

#[cfg(not(all(test, loom)))]
pub(super) use std::sync::Arc;
#[cfg(not(all(test, loom)))]
pub(super) use std::sync::atomic::{AtomicU32, AtomicU64, Ordering};

#[cfg(all(test, loom))]
pub(super) use loom::sync::Arc;
#[cfg(all(test, loom))]
pub(super) use loom::sync::atomic::{AtomicU32, AtomicU64, Ordering};
