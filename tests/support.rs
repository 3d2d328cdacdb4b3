//! Scripted operations, and the delays that a policy gives.

use std::cell::{Cell, RefCell};
use std::future::Future;
use std::time::Duration;

use persevere::{Parts, Reason, Schedule};

/// Milliseconds.
pub(crate) const fn ms(millis: u64) -> Duration {
    Duration::from_millis(millis)
}

/// An operation that fails a number of times and then returns the number of its last attempt.
#[derive(Debug, Default)]
pub(crate) struct Flaky {
    pub(crate) calls: Cell<u32>,
    pub(crate) starts: RefCell<Vec<Duration>>,
    began: RefCell<Option<tokio::time::Instant>>,
}

impl Flaky {
    /// Takes note of an attempt and fails it, with its number, if it is among the first `failures`.
    pub(crate) async fn call(&self, failures: u32) -> Result<u32, u32> {
        self.run(failures, Duration::ZERO).await
    }

    /// As [`call`](Self::call), with attempts that take a while.
    #[expect(clippy::disallowed_methods, reason = "tokio's paused clock is the virtual time of these tests")]
    pub(crate) async fn run(&self, failures: u32, takes: Duration) -> Result<u32, u32> {
        let now = tokio::time::Instant::now();
        let began = *self.began.borrow_mut().get_or_insert(now);
        self.starts.borrow_mut().push(now - began);
        let number = self.calls.get() + 1;
        self.calls.set(number);
        if !takes.is_zero() {
            tokio::time::sleep(takes).await;
        }
        if number <= failures { Err(number) } else { Ok(number) }
    }
}

/// The first `most` delays of a call whose attempts take no time and all fail; and why it stopped, if it did.
#[expect(clippy::needless_pass_by_value, reason = "tests read better without a borrow")]
pub(crate) fn schedule(parts: impl Parts, most: usize) -> (Vec<Duration>, Option<Reason>) {
    seeded_schedule(&parts, 7, most)
}

/// As [`schedule`], with a seed.
pub(crate) fn seeded_schedule(parts: &impl Parts, seed: u64, most: usize) -> (Vec<Duration>, Option<Reason>) {
    let schedule = Schedule::of(parts, seed);
    let mut delays = schedule.delays().to_vec();
    if delays.len() < most {
        return (delays, schedule.ended());
    }
    delays.truncate(most);
    (delays, None)
}

/// Runs a future on a paused clock.
pub(crate) fn paused<F: Future>(future: F) -> F::Output {
    tokio::runtime::Builder::new_current_thread()
        .enable_time()
        .start_paused(true)
        .build()
        .expect("a runtime without IO needs nothing from the system")
        .block_on(future)
}
