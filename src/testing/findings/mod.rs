//! Findings: a [`Law`] that is checked, and a [`Report`] of the laws that are broken.

mod law;
mod report;

pub use self::law::Law;
pub(crate) use self::law::NO_PANIC;
pub(crate) use self::report::message;
pub use self::report::{Finding, Report};
