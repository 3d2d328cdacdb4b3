//! [`retry`]: the front door, and what can be changed for a single call.

use std::time::Duration;

use crate::as_policy::Parts;
use crate::attempt::Attempt;
use crate::call_settings::{Classified, Refining, Seeded, Watched};
use crate::classifier::{ClassifyFn, Until, When, classify_fn};
use crate::clock::Clock;
use crate::error::Elapsed;
use crate::executor::Retry;
use crate::limits::{Bounded, Rationed};
use crate::observe::Event;
use crate::operation::{Interruptible, Operation, Shape, StopOn};
use crate::report::{Recorded, Reporting};
use crate::timeout::Timed;
use crate::timer::Timer;
use crate::verdict::Verdict;
#[cfg(feature = "tokio")]
use crate::{
    backoff::Backoff, budget::Budget, manual_loop::Again, observe::Observer, operation::Lent,
    operation::Numbered, policy::Policy,
};

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
/// The call panics at its first sleep when it runs outside a tokio runtime with its time enabled; with
/// [`attempt_timeout`](Retry::attempt_timeout), at its first attempt.
#[cfg(feature = "tokio")]
pub fn retry<P, F, Fut>(policy: P, operation: F) -> Retry<P, F>
where
    P: Parts,
    F: FnMut() -> Fut,
    Fut: Future,
{
    Retry::new(policy, operation, crate::timer::Tokio)
}

/// As [`retry`], for an operation that wants to know which attempt it is and how much time is left.
///
/// ```
/// use persevere::{BackoffExt, constant, retry_attempt};
/// use std::time::Duration;
///
/// # async fn ask(server: &str) -> Result<String, String> { if server == "b" { Ok("b".into()) } else { Err("down".into()) } }
/// # #[tokio::main(flavor = "current_thread")] async fn main() {
/// let servers = ["a", "b", "c"];
/// let answer = retry_attempt(constant(Duration::from_millis(1)).attempts(3), |attempt| {
///     ask(servers[attempt.number() as usize - 1])   // another one each time
/// });
/// assert_eq!(answer.await, Ok("b".to_owned()));
/// # }
/// ```
#[cfg(feature = "tokio")]
pub fn retry_attempt<P, F, Fut>(policy: P, operation: F) -> Retry<P, Numbered<F>>
where
    P: Parts,
    F: FnMut(Attempt) -> Fut,
    Fut: Future,
{
    Retry::new(policy, Numbered::new(operation), crate::timer::Tokio)
}

/// As [`retry`], for an operation that needs a state of its own, such as a `&mut` connection: each attempt is lent
/// the state and hands it back with its outcome.
///
/// ```
/// use persevere::{BackoffExt, constant, retry_with};
/// use std::time::Duration;
///
/// # struct Connection(u32);
/// # impl Connection { async fn query(&mut self, _: &str) -> Result<u32, &'static str> { self.0 += 1; if self.0 < 3 { Err("busy") } else { Ok(self.0) } } }
/// # #[tokio::main(flavor = "current_thread")] async fn main() {
/// # let mut connection = Connection(0);
/// let backoff = constant(Duration::from_millis(1)).attempts(5);
/// let row = retry_with(&mut connection, backoff, async |connection, _attempt| {
///     let row = connection.query("select 1").await;
///     (connection, row)
/// });
/// assert_eq!(row.await, Ok(3));
/// # }
/// ```
///
/// # Cancellation
///
/// Dropping the future drops a lent state with the attempt that has it; what a `&mut` points to stays with its
/// owner.
#[cfg(feature = "tokio")]
pub fn retry_with<S, P, F, Fut, O>(state: S, policy: P, operation: F) -> Retry<P, Lent<S, F, Fut>>
where
    P: Parts,
    F: FnMut(S, Attempt) -> Fut,
    Fut: Future<Output = (S, O)>,
{
    Retry::new(policy, Lent::new(state, operation), crate::timer::Tokio)
}

/// Begins the retrying of a loop of your own, whose clock starts now; see [`Again`].
#[cfg(feature = "tokio")]
pub fn start<P: Parts>(policy: P) -> Again<P> {
    Again::new(policy, crate::timer::Tokio)
}

#[cfg(feature = "tokio")]
impl<B: Backoff, C, G: Budget, W: Observer> Policy<B, C, G, W> {
    /// Begins the retrying of a loop of your own, whose clock starts now; see [`Again`].
    pub fn start(&self) -> Again<&Self> {
        start(self)
    }
}

impl<P: Parts, Op: Operation, T: Timer> Retry<P, Op, T> {
    /// Judges this call's outcomes by `judge` instead of the policy's classifier.
    ///
    /// ```
    /// use persevere::{BackoffExt, Verdict, constant, retry};
    /// use std::time::Duration;
    ///
    /// # async fn poll_queue() -> Option<u8> { Some(1) }
    /// # #[tokio::main(flavor = "current_thread")] async fn main() {
    /// let item: Option<u8> = retry(constant(Duration::from_secs(1)).attempts(60), poll_queue)
    ///     .classify(|item| Verdict::accept_if(item.is_some()))
    ///     .await;
    /// # assert_eq!(item, Some(1)); }
    /// ```
    pub fn classify<F>(self, judge: F) -> Retry<Classified<P, ClassifyFn<F>>, Op, T>
    where
        F: Fn(&Op::Outcome) -> Verdict,
    {
        self.map(|policy| Classified::new(policy, classify_fn(judge)))
    }

    /// Calls `tell` for each retry of this call, before its sleep and after the policy's observer. It is told nothing of the
    /// outcome: for the errors that are retried, look at them inside the operation, by `inspect_err`.
    pub fn on_retry<F: FnMut(&Event)>(self, tell: F) -> Retry<Watched<P, F>, Op, T> {
        self.map(|policy| Watched::new(policy, tell))
    }

    /// A deadline for this call beside that of its policy: it stops before a sleep that would end at or after
    /// `limit`, counted from the first poll, attempts and sleeps included; see [`BackoffExt::within`](crate::BackoffExt::within).
    ///
    /// ```
    /// use persevere::{Policy, retry};
    /// use std::sync::LazyLock;
    /// use std::time::Duration;
    ///
    /// static POLICY: LazyLock<Policy> = LazyLock::new(Policy::default);
    ///
    /// # async fn fetch() -> Result<u8, std::io::Error> { Ok(1) }
    /// # #[tokio::main(flavor = "current_thread")] async fn main() -> std::io::Result<()> {
    /// let page = retry(&*POLICY, fetch).within(Duration::from_secs(2)).await?;
    /// # let _ = page; Ok(()) }
    /// ```
    pub fn within(self, limit: Duration) -> Retry<Bounded<P>, Op, T> {
        self.map(|policy| Bounded::new(policy, limit))
    }

    /// Lets the sleeps of this call last at most `limit` in all, as the delays ask for: it stops before a sleep that
    /// would be more than what is left, with [`Reason::TotalSleep`](crate::Reason::TotalSleep).
    ///
    /// Prefer [`within`](Self::within), because a caller waits for time and not for sleep. [`Duration::MAX`] means no limit.
    pub fn total_sleep(self, limit: Duration) -> Retry<Rationed<P>, Op, T> {
        self.map(|policy| Rationed::new(policy, limit))
    }

    /// Stops retrying once `signal` completes: no further attempt starts, a sleep ends at once, and the last outcome
    /// comes back, with [`Reason::Stopped`](crate::Reason::Stopped) in the report. A running attempt is left alone.
    ///
    /// For shutdown and cancellation that want the outcome in hand; to abandon a call, drop it. The signal is boxed, and the
    /// last outcome is kept during each sleep. Call it once: of two signals, only the one that was added last ends a sleep,
    /// and it hides [`poll_stopped`](crate::Operation::poll_stopped) of the operation.
    ///
    /// ```
    /// use persevere::{BackoffExt, Reason, constant, retry};
    /// use std::{future::ready, time::Duration};
    ///
    /// # #[tokio::main(flavor = "current_thread")] async fn main() {
    /// let hour = Duration::from_secs(3600);
    /// let failing = || async { Err::<(), _>("down") };
    /// let report = retry(constant(hour).attempts(3), failing).stop_on(ready(())).report().await;
    /// assert_eq!((report.outcome, report.attempts, report.reason), (Err("down"), 1, Reason::Stopped));
    /// # }
    /// ```
    pub fn stop_on<F>(self, signal: F) -> Retry<P, StopOn<Op, F, Op::Outcome>, T>
    where
        F: Future<Output = ()>,
    {
        self.map_operation(|operation, _| StopOn::new(operation, signal))
    }

    /// Goes on where a call was when `attempt` was about to start, maybe in another process: with its number, its
    /// previous delay and the time that had passed. That attempt starts at once: whoever saved it has waited, or waits
    /// before this. See [`Session::resume`](crate::Session::resume).
    pub fn resume(self, attempt: &Attempt) -> Self {
        self.go_on(attempt)
    }

    /// Fixes the jitter of this call: the same seed gives the same delays, on every platform.
    pub fn seed(self, seed: u64) -> Retry<Seeded<P>, Op, T> {
        self.map(|policy| Seeded::new(policy, seed))
    }

    /// Ends in a [`Report`](crate::Report): the outcome with attempts, times and the reason.
    pub fn report(self) -> Reporting<P, Op, T> {
        Reporting { call: self.map(|policy| Recorded::new(policy, Clock::Read)) }
    }
}

impl<P, Op, T, V, E> Retry<P, Op, T>
where
    P: Parts,
    Op: Operation<Outcome = Result<V, E>> + Shape,
    T: Timer,
{
    /// Retries only the errors for which `transient` is true, instead of those that the policy would; `Ok` values
    /// are judged as before. Of an error that the policy's classifier would retry too, kind and hint are what that says.
    pub fn when<F>(self, transient: F) -> Retry<Refining<P, When<F>>, Op, T>
    where
        F: Fn(&E) -> bool,
    {
        self.map(|policy| Refining::by(policy, When(transient)))
    }

    /// Retries also `Ok` values, until `done` is true of one; errors are judged as before.
    ///
    /// A call that ends before, by its attempts, its deadline or its budget, returns the last value as it is: one that is not done
    /// may come out as `Ok`. To ask again counts as a retry, so that a call which polls wants a backoff of its own, and no budget
    /// that other calls need.
    ///
    /// ```
    /// use persevere::{BackoffExt, constant, retry};
    /// use std::time::Duration;
    /// # use std::convert::Infallible;
    /// # #[derive(Debug)] struct Job; impl Job { fn finished(&self) -> bool { true } }
    /// # async fn poll_job() -> Result<Job, Infallible> { Ok(Job) }
    /// # #[tokio::main(flavor = "current_thread")] async fn main() -> Result<(), Infallible> {
    /// let every_five_seconds = constant(Duration::from_secs(5)).attempts(60);
    /// let job = retry(every_five_seconds, poll_job).until(|job| job.finished()).await?;
    /// let Some(done) = Some(job).filter(Job::finished) else { panic!("not within five minutes") };
    /// # let _ = done; Ok(()) }
    /// ```
    pub fn until<F>(self, done: F) -> Retry<Refining<P, Until<F>>, Op, T>
    where
        F: Fn(&V) -> bool,
    {
        self.map(|policy| Refining::by(policy, Until(done)))
    }

    /// Cuts each attempt after `limit`, or after the time [remaining](Attempt::remaining) until the deadline if
    /// that is shorter; the attempt's error is then made from [`Elapsed`], and judged like any other.
    ///
    /// The error type must be able to say so, by `From<Elapsed>`: `std::io::Error` is; for one of another crate, map it to one
    /// of your own inside the operation. The attempt is asked before the timer: one that is ready in time is never lost.
    ///
    /// ```
    /// use persevere::{BackoffExt, constant, retry};
    /// use std::{future::pending, io, time::Duration};
    ///
    /// # #[tokio::main(flavor = "current_thread")] async fn main() {
    /// let ms = Duration::from_millis;
    /// let hanging = retry(constant(ms(1)).attempts(2), || pending::<io::Result<()>>()).attempt_timeout(ms(5));
    /// assert_eq!(hanging.await.unwrap_err().kind(), io::ErrorKind::TimedOut);
    /// # }
    /// ```
    ///
    /// # Cancellation
    ///
    /// A late attempt is dropped where it waits: what it must not leave half done belongs into a task of its own.
    pub fn attempt_timeout(self, limit: Duration) -> Retry<P, Timed<Op, T>, T>
    where
        Op: Interruptible,
        E: From<Elapsed>,
        T: Clone,
    {
        self.map_operation(|operation, timer| Timed { operation, limit, timer: timer.clone() })
    }
}
