//! [`retry_stream`] and its [`RetryStream`]: a stream that is opened again after a failure, with [`ReopenAtEnd`] also after its
//! end: with the feature `futures`.

mod opening;

use std::fmt;
use std::pin::Pin;
use std::task::{Context, Poll};
use std::time::Duration;

use futures_core::stream::{FusedStream, Stream};
use pin_project::pin_project;

use crate::as_policy::Parts;
use crate::call_settings::{Classified, Refining, Seeded, Watched};
use crate::classifier::{Classifier, ClassifyFn, Refine, When};
use crate::executor::Retry;
use crate::limits::{Bounded, Rationed};
use crate::observe::Event;
use crate::operation::{Operation, Shape, StopOn};
use crate::rounded::Rounded;
use crate::timer::{DefaultTimer, Timer};
use crate::verdict::Verdict;

pub use self::opening::{Opening, Reading};

/// A stream that `open` opens, and opens again after a failure, until `policy` has had enough.
///
/// An attempt is all of it: opening, and every item until the stream fails or ends. Items are passed through untouched,
/// as they come. An error, of opening or of the stream, is judged as the outcome of the attempt: if another one follows,
/// the error is dropped, and so is the stream, before the sleep. The error that ends the call is the last item. A stream
/// that ends is `Ok(())`, accepted unless [`reopen_at_end`](RetryStream::reopen_at_end) says otherwise. After its end the
/// stream stays at its end.
///
/// With [`BackoffExt::reset_after`](crate::BackoffExt::reset_after) a stream that was open for long starts over when it fails;
/// the time of opening does not count. A failure is noticed when the stream is polled: under a consumer that is busy for long,
/// a stream counts as open for as long. Without it, `attempts(5)` are five in the life of the stream.
///
/// ```
/// use futures::{StreamExt, TryStreamExt, stream};
/// use persevere::{BackoffExt, exponential, retry_stream};
/// use std::time::Duration;
///
/// # #[tokio::main(flavor = "current_thread")] async fn main() {
/// # let mut opened = 0;
/// # let mut subscribe = move || {
/// #     opened += 1;
/// #     async move {
/// #         if opened < 3 { Ok(stream::iter([Ok(opened), Err("broken")])) } else { Err("refused") }
/// #     }
/// # };
/// let backoff = exponential(Duration::from_millis(1)).capped(Duration::from_secs(30)).full_jitter()
///     .attempts(3).reset_after(Duration::from_secs(60));
/// let items = retry_stream(backoff, || subscribe());   // Ok(1), Err("broken"); Ok(2), Err("broken"); Err("refused")
/// assert_eq!(items.collect::<Vec<_>>().await, [Ok(1), Ok(2), Err("refused")]);
/// # }
/// ```
///
/// Opening and items have one type of error: map them to it. The stream has to be pinned before its first item, by `pin!`
/// or `.boxed()`, as most streams.
///
/// # Cancellation
///
/// No item is lost when a future of the next item is dropped. Dropping the stream drops what is open, or disarms the timer.
///
/// # Panics
///
/// As [`retry`](crate::retry).
#[cfg(feature = "tokio")]
pub fn retry_stream<P, F, Fut, S, V, E>(policy: P, open: F) -> RetryStream<P, Opening<F>>
where
    P: Parts,
    F: FnMut() -> Fut,
    Fut: Future<Output = Result<S, E>>,
    S: Stream<Item = Result<V, E>>,
{
    RetryStream::new(policy, open, crate::timer::Tokio)
}

/// A stream that is opened again after a failure. Made by [`retry_stream`](crate::retry_stream).
#[must_use = "streams do nothing unless polled"]
#[pin_project]
pub struct RetryStream<P: Parts, Op: Shape, T: Timer = DefaultTimer> {
    #[pin]
    call: Retry<P, Op, T>,
    /// Whether the health of the running attempt is counted from when it was open.
    counted: bool,
    done: bool,
}

impl<P, F, Fut, S, V, E, T> RetryStream<P, Opening<F>, T>
where
    P: Parts,
    F: FnMut() -> Fut,
    Fut: Future<Output = Result<S, E>>,
    S: Stream<Item = Result<V, E>>,
    T: Timer,
{
    /// As [`retry_stream`](crate::retry_stream), on a timer of your own.
    pub const fn new(policy: P, open: F, timer: T) -> Self {
        Self { call: Retry::new(policy, Opening::new(open), timer), counted: false, done: false }
    }
}

impl<P, Op, T> RetryStream<P, Op, T>
where
    P: Parts,
    Op: Operation,
    T: Timer,
{
    fn map<Q: Parts, Or: Shape>(
        self,
        change: impl FnOnce(Retry<P, Op, T>) -> Retry<Q, Or, T>,
    ) -> RetryStream<Q, Or, T> {
        RetryStream { call: change(self.call), counted: false, done: false }
    }

    /// A deadline beside that of the policy; see [`Retry::within`](crate::Retry::within). It counts from the first poll, or
    /// from when the stream has started over.
    pub fn within(self, limit: Duration) -> RetryStream<Bounded<P>, Op, T> {
        self.map(|call| call.within(limit))
    }

    /// Lets the sleeps last at most `limit` in all; see [`Retry::total_sleep`](crate::Retry::total_sleep).
    pub fn total_sleep(self, limit: Duration) -> RetryStream<Rationed<P>, Op, T> {
        self.map(|call| call.total_sleep(limit))
    }

    /// Judges what ends each stream by `judge`: `Ok(())` is its end, and errors are those of opening and of the stream.
    pub fn classify<F>(self, judge: F) -> RetryStream<Classified<P, ClassifyFn<F>>, Op, T>
    where
        F: Fn(&Op::Outcome) -> Verdict,
    {
        self.map(|call| call.classify(judge))
    }

    /// Calls `tell` for each time that the stream is opened again, before the sleep and after the policy's observer.
    pub fn on_retry<F: FnMut(&Event)>(self, tell: F) -> RetryStream<Watched<P, F>, Op, T> {
        self.map(|call| call.on_retry(tell))
    }

    /// Opens no further stream once `signal` completes; a running one is left alone. See
    /// [`Retry::stop_on`](crate::Retry::stop_on).
    pub fn stop_on<F>(self, signal: F) -> RetryStream<P, StopOn<Op, F, Op::Outcome>, T>
    where
        F: Future<Output = ()>,
    {
        self.map(|call| call.stop_on(signal))
    }

    /// Fixes the jitter: the same seed gives the same delays, on every platform.
    pub fn seed(self, seed: u64) -> RetryStream<Seeded<P>, Op, T> {
        self.map(|call| call.seed(seed))
    }
}

impl<P, Op, T, E> RetryStream<P, Op, T>
where
    P: Parts,
    Op: Operation<Outcome = Result<(), E>>,
    T: Timer,
{
    /// Opens the stream again only after the errors for which `transient` is true.
    pub fn when<F>(self, transient: F) -> RetryStream<Refining<P, When<F>>, Op, T>
    where
        F: Fn(&E) -> bool,
    {
        self.map(|call| call.when(transient))
    }

    /// Opens the stream again also when it has ended without an error, as after a transient one: for servers that end a
    /// stream now and then.
    ///
    /// When the policy has had enough after such an end, the stream ends.
    pub fn reopen_at_end(self) -> RetryStream<Refining<P, ReopenAtEnd>, Op, T> {
        self.map(|call| call.map(|policy| Refining::by(policy, ReopenAtEnd)))
    }
}

impl<P, Op, T, Fut, S, V, E> Stream for RetryStream<P, Op, T>
where
    P: Parts,
    P::Classifier: Classifier<Result<(), E>>,
    Op: Operation<Outcome = Result<(), E>> + Shape<Future = Reading<Fut, S, V>>,
    Fut: Future<Output = Result<S, E>>,
    S: Stream<Item = Result<V, E>>,
    T: Timer,
{
    type Item = Result<V, E>;

    fn poll_next(self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Option<Self::Item>> {
        let mut this = self.project();
        if *this.done {
            return Poll::Ready(None);
        }
        if let Poll::Ready(outcome) = this.call.as_mut().poll(context) {
            *this.done = true;
            return Poll::Ready(outcome.err().map(Err));
        }
        let Some(reading) = this.call.as_mut().running() else { return Poll::Pending };
        let (open, item) = reading.news();
        if !open {
            this.call.as_mut().count_from(Rounded::MAX);
        } else if !*this.counted {
            let now = this.call.mark();
            this.call.as_mut().count_from(now);
        }
        *this.counted = open;
        item.map_or(Poll::Pending, |item| Poll::Ready(Some(Ok(item))))
    }
}

impl<P, Op, T, Fut, S, V, E> FusedStream for RetryStream<P, Op, T>
where
    P: Parts,
    P::Classifier: Classifier<Result<(), E>>,
    Op: Operation<Outcome = Result<(), E>> + Shape<Future = Reading<Fut, S, V>>,
    Fut: Future<Output = Result<S, E>>,
    S: Stream<Item = Result<V, E>>,
    T: Timer,
{
    fn is_terminated(&self) -> bool {
        self.done
    }
}

/// Judges the end of a stream as a transient failure; errors are judged as before. Made by
/// [`RetryStream::reopen_at_end`].
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct ReopenAtEnd;

impl<E, C: Classifier<Result<(), E>> + ?Sized> Refine<C, Result<(), E>> for ReopenAtEnd {
    fn refine(&self, inner: &C, outcome: &Result<(), E>) -> Verdict {
        match outcome {
            Ok(()) => Verdict::retry(),
            Err(_) => inner.classify(outcome),
        }
    }
}

impl<P: Parts, Op: Shape, T: Timer> fmt::Debug for RetryStream<P, Op, T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("RetryStream")
            .field("call", &self.call)
            .field("done", &self.done)
            .finish_non_exhaustive()
    }
}
