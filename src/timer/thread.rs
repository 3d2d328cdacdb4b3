//! [`Thread`]: the clock and the sleep of a thread, for calls that block.

use std::time::{Duration, Instant};

use super::instant::stamp;
use crate::clock::{Now, Stamp};

/// The clock and the sleep of a thread. Its stamps are those of [`Tokio`](super::Tokio), so that blocking and
/// async calls may share a budget.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Thread;

impl Thread {
    #[expect(clippy::disallowed_methods, reason = "this is the door that time comes through")]
    pub(crate) fn sleep(delay: Duration) {
        std::thread::sleep(delay);
    }
}

impl Now for Thread {
    #[expect(clippy::disallowed_methods, reason = "this is the door that time comes through")]
    fn now(&self) -> Stamp {
        stamp(Instant::now())
    }
}
