//! The results of the experiments as pictures: each function makes the text of an SVG file.

mod budgets;
mod contention;
mod crowd;
mod outage;
mod phases;
mod style;

pub(crate) use self::budgets::budgets;
pub(crate) use self::contention::contention;
pub(crate) use self::crowd::crowd;
pub(crate) use self::outage::outage;
pub(crate) use self::phases::phases;
