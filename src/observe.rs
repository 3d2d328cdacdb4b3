//! [`Observer`]: is told of every decision as an [`Event`]; [`Silent`], [`OnRetry`] and [`ObserveFn`].

use std::rc::Rc;
use std::sync::Arc;

use crate::attempt::Attempt;
use crate::clock::Clock;
use crate::decision::Decision;
use crate::verdict::Verdict;

/// One decision, with what led to it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Event {
    /// The attempt that has just ended, at the time when it ended, if the observer [asks](Observer::clock) for it; when a signal
    /// ends the sleep after it, at the time of that, and with the delay of that sleep as its previous one. Number
    /// and time count from when the call began, or last started over: the failure with which it does so is attempt 1 at zero.
    pub attempt: Attempt,
    /// What the classifier said of its outcome; `None` when the [signal to stop](crate::Retry::stop_on) has ended the
    /// sleep after it.
    pub verdict: Option<Verdict>,
    /// What follows. The delay of a retry is the one that is slept, hints included.
    pub decision: Decision,
}

impl Event {
    /// An event, for the tests of an observer.
    #[must_use]
    pub const fn new(attempt: Attempt, verdict: Option<Verdict>, decision: Decision) -> Self {
        Self { attempt, verdict, decision }
    }
}

/// Watches a call: told once after each attempt, before the sleep, in order; and once more when a signal to stop ends
/// a sleep.
///
/// An observer changes nothing. When it panics, the call panics with it and no other call is touched.
///
/// ```
/// use persevere::{Decision, Event, Observer};
/// use std::sync::atomic::{AtomicU32, Ordering};
///
/// /// How many calls have given up.
/// #[derive(Default)]
/// struct GaveUp(AtomicU32);
///
/// impl Observer for GaveUp {
///     fn observe(&self, event: &Event) {
///         match event.decision {
///             Decision::Stop(reason) if reason != persevere::Reason::Accepted => {
///                 self.0.fetch_add(1, Ordering::Relaxed);
///             }
///             _ => {}
///         }
///     }
/// }
/// # use persevere::{BackoffExt, Policy, constant, retry};
/// # #[tokio::main(flavor = "current_thread")] async fn main() {
/// let policy = Policy::new(constant(std::time::Duration::ZERO).attempts(2)).observe(GaveUp::default());
/// # let _ = retry(&policy, || async { Err::<(), ()>(()) }).await; }
/// ```
pub trait Observer {
    /// Takes note of a decision.
    fn observe(&self, event: &Event);

    /// Whether [`Attempt::elapsed`] and [`Attempt::remaining`] of the events must be right, which costs looks at
    /// the clock: one when the call begins, one for each outcome and one for each further attempt.
    ///
    /// [`Clock::Read`] by default.
    fn clock(&self) -> Clock {
        Clock::Read
    }
}

/// Watches nothing and costs nothing: the default.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Silent;

impl Observer for Silent {
    fn observe(&self, _event: &Event) {}

    fn clock(&self) -> Clock {
        Clock::Unused
    }
}

/// Calls a closure for each retry, before its sleep.
///
/// Made by [`Policy::on_retry`](crate::Policy::on_retry).
#[derive(Clone, Copy)]
pub struct OnRetry<F>(pub(crate) F);

impl<F: Fn(&Event)> Observer for OnRetry<F> {
    fn observe(&self, event: &Event) {
        if let Decision::Retry(_) = event.decision {
            (self.0)(event);
        }
    }
}

impl<F> std::fmt::Debug for OnRetry<F> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_tuple("OnRetry").field(&std::any::type_name::<F>()).finish()
    }
}

/// A closure that hears every event. Made by [`observe_fn`].
#[derive(Clone, Copy)]
pub struct ObserveFn<F>(F);

/// A closure as an observer of every decision; for retries alone there is
/// [`Policy::on_retry`](crate::Policy::on_retry).
///
/// ```
/// use persevere::{Policy, observe_fn};
///
/// let policy = Policy::default().observe(observe_fn(|event| println!("{:?}", event.decision)));
/// # let _ = policy;
/// ```
#[must_use]
pub const fn observe_fn<F: Fn(&Event)>(tell: F) -> ObserveFn<F> {
    ObserveFn(tell)
}

impl<F: Fn(&Event)> Observer for ObserveFn<F> {
    fn observe(&self, event: &Event) {
        (self.0)(event);
    }
}

impl<F> std::fmt::Debug for ObserveFn<F> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_tuple("ObserveFn").field(&std::any::type_name::<F>()).finish()
    }
}

/// Two observers, told one after the other.
impl<A: Observer, B: Observer> Observer for (A, B) {
    fn observe(&self, event: &Event) {
        self.0.observe(event);
        self.1.observe(event);
    }

    fn clock(&self) -> Clock {
        self.0.clock().and(self.1.clock())
    }
}

macro_rules! behind_a_pointer {
    ($($pointer:ty),*) => {$(
        impl<W: Observer + ?Sized> Observer for $pointer {
            fn observe(&self, event: &Event) {
                (**self).observe(event);
            }

            fn clock(&self) -> Clock {
                (**self).clock()
            }
        }
    )*};
}

behind_a_pointer!(&W, Box<W>, Rc<W>, Arc<W>);
