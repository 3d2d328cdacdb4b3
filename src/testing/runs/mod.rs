//! Runs: the delays that laws and pictures look at, and their statistics.

mod statistics;
mod subject;

pub(crate) use self::statistics::{correlation, false_alarm, number, off_even};
pub(crate) use self::subject::{End, OfIterators, OfParts, Run, Subject};
