//! [`Again`]: the loop-shaped entry, for operations that borrow whatever they like.

use std::fmt;
use std::pin::Pin;
use std::task::{Context, Poll, ready};

use pin_project::pin_project;

use crate::as_policy::Parts;
use crate::attempt::Attempt;
use crate::budget::Permit;
use crate::classifier::Classifier;
use crate::decision::Reason;
use crate::driver::Driver;
use crate::rounded::Rounded;
use crate::step::{PermitOf, Step};
use crate::timer::{DefaultTimer, Timer};

/// The retrying of a loop of your own. Made by [`start`](crate::start) and [`Policy::start`](crate::Policy::start).
///
/// ```
/// use persevere::{BackoffExt, Policy, constant};
/// use std::time::Duration;
///
/// # struct Connection(u32);
/// # impl Connection { async fn query(&mut self) -> Result<u32, &'static str> { self.0 += 1; if self.0 < 3 { Err("busy") } else { Ok(self.0) } } }
/// # #[tokio::main(flavor = "current_thread")] async fn main() {
/// # let mut connection = Connection(0);
/// let policy = Policy::new(constant(Duration::from_millis(1)).attempts(5));
/// let mut again = policy.start();
/// let row = loop {
///     let row = connection.query().await;          // borrows `&mut connection`, across every await
///     let Some(wait) = again.wait_after(&row) else { break row };
///     drop(row);                                   // held no longer than needed
///     wait.await;
/// };
/// assert_eq!(row, Ok(3));
/// # }
/// ```
#[derive(Debug)]
#[must_use = "it retries nothing by itself: ask `wait_after`"]
pub struct Again<P, T = DefaultTimer> {
    driver: Driver<P, T>,
    /// When the running attempt has started: when the wait before it should have ended.
    started: Rounded,
    /// What ended it.
    ended: Option<Reason>,
}

impl<P: Parts, T: Timer> Again<P, T> {
    /// Begins a call under `policy` on `timer`: its clock starts now.
    #[inline]
    pub fn new(policy: P, timer: T) -> Self {
        let mut driver = Driver::new(policy, timer);
        driver.begin();
        Self { driver, started: Rounded::ZERO, ended: None }
    }

    /// The attempt that is about to start, or running: its number, and the time that is left, if the policy has a deadline.
    #[must_use]
    pub fn attempt(&self) -> Attempt {
        self.driver.start().attempt
    }

    /// The rule that ended the call; `None` before that.
    #[must_use]
    pub const fn ended(&self) -> Option<Reason> {
        self.ended
    }

    /// What to await before the next attempt, or `None` when the policy has had enough: then the outcome is yours.
    ///
    /// Call it once after each attempt. The wait does not borrow the outcome. Its permit, if the policy has a
    /// budget, is spent when it is over, and comes back if it is dropped before.
    ///
    /// # Panics
    ///
    /// Where the timer does: tokio's, outside of its runtime.
    #[must_use = "the next attempt starts after the wait"]
    pub fn wait_after<O: ?Sized>(&mut self, outcome: &O) -> Option<Wait<T::Sleep, PermitOf<P>>>
    where
        P::Classifier: Classifier<O>,
    {
        let verdict = self.driver.policy().classifier().classify(outcome);
        match self.driver.judge(&verdict, self.started, || Ok(())) {
            (Step::Retry(delay, permit), next) => {
                self.started = next;
                Some(Wait { sleep: self.driver.timer().sleep(delay), permit: Some(permit) })
            }
            (Step::Stop(reason), _) => {
                self.ended = Some(reason);
                None
            }
        }
    }
}

/// The wait before the next attempt of a loop. Made by [`Again::wait_after`].
///
/// # Cancellation
///
/// Dropping it disarms its timer and gives its permit back; the loop may go on, and its next attempt counts.
#[pin_project]
#[must_use = "futures do nothing unless you `.await` or poll them"]
pub struct Wait<S, G> {
    #[pin]
    sleep: S,
    permit: Option<G>,
}

impl<S: Future<Output = ()>, G: Permit> Future for Wait<S, G> {
    type Output = ();

    fn poll(self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<()> {
        let this = self.project();
        ready!(this.sleep.poll(context));
        if let Some(permit) = this.permit.take() {
            permit.spend();
        }
        Poll::Ready(())
    }
}

impl<S, G> fmt::Debug for Wait<S, G> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Wait").field("over", &self.permit.is_none()).finish_non_exhaustive()
    }
}
