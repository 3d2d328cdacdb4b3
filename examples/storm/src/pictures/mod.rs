//! The results of the experiments as pictures: each function makes the text of an SVG file.

mod budgets;
mod contention;
mod crowd;
mod outage;
mod phases;
mod style;

pub use self::budgets::budgets;
pub use self::contention::contention;
pub use self::crowd::crowd;
pub use self::outage::outage;
pub use self::phases::phases;
