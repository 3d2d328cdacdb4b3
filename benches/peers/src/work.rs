//! The work that every contender does: operations that fail so often, a clock that is not the wall's, and ways to poll.

use std::future::{Future, Ready, ready};
use std::hint::black_box;
use std::pin::{Pin, pin};
use std::sync::atomic::{AtomicU64, Ordering::Relaxed};
use std::task::{Context, Poll, Waker};
use std::time::Duration;

/// Exponential backoff from so much, doubling up to ten seconds, at most three retries.
pub(crate) const BASE: Duration = Duration::from_millis(10);
pub(crate) const CAP: Duration = Duration::from_secs(10);
pub(crate) const RETRIES: u32 = 3;

/// An operation that fails so often before it succeeds, again and again.
///
/// Its counters are loaded and stored, never exchanged: one thread counts. They are atomic because some libraries want
/// operations that another thread could run.
pub(crate) struct Work {
    failures: u64,
    left: AtomicU64,
    attempts: AtomicU64,
}

impl Work {
    /// Calls that fail `failures` times before they succeed.
    pub(crate) const fn failing(failures: u64) -> Self {
        Self { failures, left: AtomicU64::new(failures), attempts: AtomicU64::new(0) }
    }

    /// One attempt: ready at its first poll.
    #[inline]
    #[expect(clippy::unused_async, reason = "the future of an operation that is ready at once")]
    pub(crate) async fn attempt(&self) -> Result<u64, u64> {
        self.attempts.store(self.attempts.load(Relaxed).wrapping_add(1), Relaxed);
        match self.left.load(Relaxed) {
            0 => {
                self.left.store(self.failures, Relaxed);
                Ok(black_box(1))
            }
            left => {
                self.left.store(left - 1, Relaxed);
                Err(black_box(left))
            }
        }
    }

    /// Every one of `calls` has taken as many attempts as it should.
    pub(crate) fn check(&self, calls: u64) {
        assert_eq!(self.attempts.load(Relaxed), calls * (self.failures + 1), "attempts of {calls} calls");
    }
}

/// Makes a future that is ready at once, in place, and polls it where the compiler does not see through.
#[inline]
pub(crate) fn poll_once<F: Future<Output = Result<u64, E>>, E>(make: impl FnOnce() -> F) {
    let mut future = pin!(make());
    let future: Pin<&mut F> = black_box(future.as_mut());
    let ready = future.poll(&mut Context::from_waker(Waker::noop()));
    assert!(matches!(black_box(ready), Poll::Ready(Ok(_))), "nothing fails here");
}

/// Runs a future that never waits.
pub(crate) fn run_ready<F: Future>(future: F) -> F::Output {
    let Poll::Ready(output) = pin!(future).poll(&mut Context::from_waker(Waker::noop())) else {
        panic!("it waits");
    };
    output
}

/// Runs a future on tokio's paused clock, which moves by itself when everybody sleeps.
pub(crate) fn run_paused<F: Future>(future: F) -> F::Output {
    tokio::runtime::Builder::new_current_thread()
        .enable_time()
        .start_paused(true)
        .build()
        .expect("a runtime without IO needs nothing from the system")
        .block_on(future)
}

/// A sleep that is over at once.
pub(crate) fn no_sleep(_delay: Duration) -> Ready<()> {
    ready(())
}
