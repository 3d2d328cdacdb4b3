//! [`Operation`]: what is attempted; [`Shape`]: the type of its future, and nothing else; [`Interruptible`]: what
//! may be cut short.

mod lent;
mod numbered;
mod stop_on;

use std::task::{Context, Poll};

use crate::attempt::Attempt;
use crate::decision::Reason;

pub use self::lent::Lent;
pub use self::numbered::Numbered;
pub use self::stop_on::StopOn;

/// The type of an operation's future.
///
/// A trait of its own, because the struct of the retry future must be able to name that type without saying
/// how it is made: a bound that mentions `FnMut` there would keep the compiler from proving that a future
/// which borrows is [`Send`].
#[diagnostic::on_unimplemented(
    message = "`{Self}` is not an operation",
    label = "expected something that starts a new future for every attempt",
    note = "pass a closure that returns a future, such as `|| fetch(url)` or `|| async {{ … }}`"
)]
pub trait Shape {
    /// What one attempt runs.
    type Future: Future;
}

/// Something that can be attempted more than once.
///
/// Every `FnMut() -> impl Future` is an operation. Implement the trait to see the [`Attempt`], to wait until
/// the operation is ready, or to say that it cannot be repeated; start it with [`Retry::new`](crate::Retry::new).
///
/// ```
/// use persevere::{Attempt, BackoffExt, Operation, Retry, Shape, constant};
/// use std::future::{Ready, ready};
/// use std::time::Duration;
///
/// /// Succeeds at its third attempt.
/// struct ThirdTime;
///
/// impl Shape for ThirdTime {
///     type Future = Ready<Result<u32, u32>>;
/// }
///
/// impl Operation for ThirdTime {
///     type Outcome = Result<u32, u32>;
///
///     fn start(&mut self, attempt: Attempt) -> Self::Future {
///         ready(if attempt.number() == 3 { Ok(3) } else { Err(attempt.number()) })
///     }
///
///     fn settle(&mut self, output: Result<u32, u32>) -> Result<u32, u32> {
///         output
///     }
/// }
///
/// # #[tokio::main(flavor = "current_thread")] async fn main() {
/// let call = Retry::new(constant(Duration::ZERO).attempts(5), ThirdTime, persevere::Tokio);
/// assert_eq!(call.await, Ok(3));
/// # }
/// ```
pub trait Operation: Shape {
    /// What an attempt ends in, and what the call returns.
    type Outcome;

    /// Waits until the next attempt can start; asked before every attempt, the first included.
    ///
    /// Ready by default.
    ///
    /// # Errors
    ///
    /// An `Err` is the outcome of an attempt that could not start.
    fn poll_ready(&mut self, context: &mut Context<'_>) -> Poll<Result<(), Self::Outcome>> {
        let _ = context;
        Poll::Ready(Ok(()))
    }

    /// Starts an attempt. Called only after [`poll_ready`](Self::poll_ready) said yes.
    fn start(&mut self, attempt: Attempt) -> Self::Future;

    /// Turns what the future returned into the outcome.
    fn settle(&mut self, output: <Self::Future as Future>::Output) -> Self::Outcome;

    /// Makes ready for another attempt, or says why there cannot be one.
    ///
    /// Asked last, when everything else has agreed to another attempt: after `Ok` one starts, unless the call is
    /// dropped before.
    ///
    /// `Ok` by default.
    ///
    /// # Errors
    ///
    /// The reason that ends the call, with the outcome in hand; mostly
    /// [`Reason::NotRepeatable`](crate::Reason::NotRepeatable).
    fn again(&mut self) -> Result<(), Reason> {
        Ok(())
    }

    /// Takes back an outcome that another attempt is to replace, before the sleep; with
    /// [`stop_on`](crate::Retry::stop_on), behind it.
    ///
    /// Drops it by default: a held response is a held connection.
    fn discard(&mut self, outcome: Self::Outcome) {
        drop(outcome);
    }

    /// Completes when no further attempt shall start, with the outcome that the call is to return. Asked while the
    /// call sleeps, and before a further attempt starts.
    ///
    /// Never by default.
    fn poll_stopped(&mut self, context: &mut Context<'_>) -> Poll<Self::Outcome> {
        let _ = context;
        Poll::Pending
    }
}

impl<F, Fut> Shape for F
where
    F: FnMut() -> Fut,
    Fut: Future,
{
    type Future = Fut;
}

impl<F, Fut> Operation for F
where
    F: FnMut() -> Fut,
    Fut: Future,
{
    type Outcome = Fut::Output;

    fn start(&mut self, _attempt: Attempt) -> Fut {
        self()
    }

    fn settle(&mut self, output: Fut::Output) -> Fut::Output {
        output
    }
}

/// An operation whose attempts may be dropped before they end: what an
/// [attempt timeout](crate::Retry::attempt_timeout) needs.
///
/// A [lent](Lent) state would be lost with such an attempt, so that operation is none.
#[diagnostic::on_unimplemented(
    message = "the attempts of `{Self}` must run to their end",
    note = "an attempt that is cut short would take the lent state along: put a time-out around what it awaits"
)]
pub trait Interruptible {}

impl<F, Fut> Interruptible for F
where
    F: FnMut() -> Fut,
    Fut: Future,
{
}

impl<F> Interruptible for Numbered<F> {}
