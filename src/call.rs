//! [`retry`]: the front door, and what can be changed for a single call.

use std::time::Duration;

use crate::adjust::{Bounded, Classified, Refining, Seeded, Watched};
use crate::classifier::{ClassifyFn, Until, When, classify_fn};
use crate::executor::Retry;
use crate::observe::Event;
use crate::operation::{Operation, Shape};
use crate::parts::Parts;
use crate::report::{Recorded, Reporting};
use crate::timer::Timer;
use crate::verdict::Verdict;

/// Runs `operation` until `policy` has had enough, and returns its last outcome, untouched.
///
/// The policy is a backoff, a [`Policy`](crate::Policy), a `&Policy` or an `Arc<Policy>`. A bare backoff
/// retries [every error](crate::AnyError); say [`when`](Retry::when) to choose. The operation is a closure or
/// function that returns a new future for every attempt. Its outcome may be of any type: [`when`](Retry::when)
/// and [`until`](Retry::until) judge a `Result`, [`classify`](Retry::classify) everything else.
///
/// ```
/// use persevere::{BackoffExt, exponential, retry};
/// use std::time::Duration;
///
/// # async fn fetch(url: &str) -> Result<String, std::io::Error> { Ok(url.to_owned()) }
/// # #[tokio::main(flavor = "current_thread")] async fn main() -> std::io::Result<()> {
/// let url = "https://example.org";
/// let backoff = exponential(Duration::from_millis(50)).full_jitter().attempts(5);
/// let page = retry(backoff, || fetch(url)).await?;
/// # assert_eq!(page, url); Ok(()) }
/// ```
///
/// # Cancellation
///
/// Dropping the future stops the call; see [`Retry`].
///
/// # Panics
///
/// The call panics at its first sleep, or at its first look at the clock, when it runs outside a tokio runtime
/// with its time enabled.
#[cfg(feature = "tokio")]
pub fn retry<P, F, Fut>(policy: P, operation: F) -> Retry<P, F>
where
    P: Parts,
    F: FnMut() -> Fut,
    Fut: Future,
{
    Retry::new(policy, operation, crate::timer::Tokio)
}

impl<P: Parts, Op: Operation, T: Timer> Retry<P, Op, T> {
    /// Judges this call's outcomes by `judge` instead of the policy's classifier.
    ///
    /// ```
    /// use persevere::{Policy, Verdict, retry};
    ///
    /// # async fn poll_queue() -> Option<u8> { Some(1) }
    /// # #[tokio::main(flavor = "current_thread")] async fn main() {
    /// let item: Option<u8> = retry(&Policy::default(), poll_queue)
    ///     .classify(|item| Verdict::accept_if(item.is_some()))
    ///     .await;
    /// # assert_eq!(item, Some(1)); }
    /// ```
    pub fn classify<F>(self, judge: F) -> Retry<Classified<P, ClassifyFn<F>>, Op, T>
    where
        F: Fn(&Op::Outcome) -> Verdict,
    {
        self.map(|policy| Classified { policy, classifier: classify_fn(judge) })
    }

    /// Calls `tell` for each retry of this call, before its sleep and after the policy's observer.
    pub fn on_retry<F: FnMut(&Event)>(self, tell: F) -> Retry<Watched<P, F>, Op, T> {
        self.map(|policy| Watched { policy, tell })
    }

    /// A deadline for this call beside that of its policy: it stops before a sleep that would end at or after
    /// `limit`, counted from the first poll, attempts and sleeps included; see [`BackoffExt::within`](crate::BackoffExt::within).
    ///
    /// ```
    /// use persevere::{Policy, retry};
    /// use std::time::Duration;
    ///
    /// # async fn fetch() -> Result<u8, std::io::Error> { Ok(1) }
    /// # #[tokio::main(flavor = "current_thread")] async fn main() -> std::io::Result<()> {
    /// let page = retry(&Policy::default(), fetch).within(Duration::from_secs(2)).await?;
    /// # let _ = page; Ok(()) }
    /// ```
    pub fn within(self, limit: Duration) -> Retry<Bounded<P>, Op, T> {
        self.map(|policy| Bounded { policy, limit })
    }

    /// Fixes the jitter of this call: the same seed gives the same delays, on every platform.
    pub fn seed(self, seed: u64) -> Retry<Seeded<P>, Op, T> {
        self.map(|policy| Seeded::new(policy, seed))
    }

    /// Ends in a [`Report`](crate::Report): the outcome with attempts, times and the reason.
    pub fn report(self) -> Reporting<P, Op, T> {
        Reporting { call: self.map(Recorded::new) }
    }
}

impl<P, Op, T, V, E> Retry<P, Op, T>
where
    P: Parts,
    Op: Operation<Outcome = Result<V, E>> + Shape,
    T: Timer,
{
    /// Retries only the errors for which `transient` is true, instead of those that the policy would; `Ok` values
    /// are judged as before.
    pub fn when<F>(self, transient: F) -> Retry<Refining<P, When<F>>, Op, T>
    where
        F: Fn(&E) -> bool,
    {
        self.map(|policy| Refining { policy, refinement: When(transient) })
    }

    /// Retries also `Ok` values, until `done` is true of one; errors are judged as before.
    ///
    /// ```
    /// use persevere::{Policy, retry};
    /// # use std::convert::Infallible;
    /// # #[derive(Debug)] struct Job; impl Job { fn finished(&self) -> bool { true } }
    /// # async fn poll_job() -> Result<Job, Infallible> { Ok(Job) }
    /// # #[tokio::main(flavor = "current_thread")] async fn main() -> Result<(), Infallible> {
    /// let job = retry(&Policy::default(), poll_job).until(|job| job.finished()).await?;
    /// # let _ = job; Ok(()) }
    /// ```
    pub fn until<F>(self, done: F) -> Retry<Refining<P, Until<F>>, Op, T>
    where
        F: Fn(&V) -> bool,
    {
        self.map(|policy| Refining { policy, refinement: Until(done) })
    }
}
