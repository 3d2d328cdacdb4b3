//! [`Timer`]: the one place where time comes from, for reading it and for sleeping.

#[cfg(feature = "futures-timer")]
mod futures_timer;
mod instant;
mod thread;
#[cfg(feature = "tokio")]
mod tokio;

use std::rc::Rc;
use std::sync::Arc;
use std::time::Duration;

use crate::clock::{Now, Stamp};

#[cfg(feature = "futures-timer")]
pub use self::futures_timer::{FuturesSleep, FuturesTimer};
pub(crate) use self::thread::Thread;
#[cfg(feature = "tokio")]
pub use self::tokio::Tokio;

/// The timer of a call that names no other: tokio's, with the feature `tokio`.
#[cfg(feature = "tokio")]
pub type DefaultTimer = Tokio;

/// The timer of a call that names no other. Without the feature `tokio` there is none: name one with
/// [`Retry::new`](crate::Retry::new).
#[cfg(not(feature = "tokio"))]
pub type DefaultTimer = NoTimer;

/// The timer that does not exist: enable the feature `tokio`, or name a timer.
#[cfg(not(feature = "tokio"))]
#[derive(Clone, Copy, Debug)]
pub enum NoTimer {}

#[cfg(not(feature = "tokio"))]
impl Timer for NoTimer {
    type Sleep = std::future::Pending<()>;

    fn sleep(&self, _delay: Duration) -> Self::Sleep {
        match *self {}
    }

    fn now(&self) -> Stamp {
        match *self {}
    }
}

/// Reads the time and sleeps, both on the same clock, so that virtual time cannot split in two.
///
/// ```
/// use persevere::{BackoffExt, Retry, Stamp, Timer, constant};
/// use std::cell::Cell;
/// use std::future::{Ready, ready};
/// use std::time::Duration;
///
/// /// Time that passes only by sleeping: for tests.
/// #[derive(Default)]
/// struct Imagined(Cell<Duration>);
///
/// impl Timer for &Imagined {
///     type Sleep = Ready<()>;
///
///     fn sleep(&self, delay: Duration) -> Ready<()> {
///         self.0.set(self.0.get().saturating_add(delay));
///         ready(())
///     }
///
///     fn now(&self) -> Stamp {
///         Stamp::default().after(self.0.get())
///     }
/// }
///
/// # #[tokio::main(flavor = "current_thread")] async fn main() {
/// let time = Imagined::default();
/// let hour = Duration::from_secs(3600);
/// let outcome = Retry::new(constant(hour).attempts(3), || async { Err::<(), _>("no") }, &time).await;
/// assert_eq!((outcome, time.0.get()), (Err("no"), hour * 2));
/// # }
/// ```
///
/// The clock should be monotonic. When it stands still or goes backwards, a call takes it for zero elapsed
/// time: nothing panics and no sleep grows.
#[diagnostic::on_unimplemented(message = "`{Self}` is not a timer")]
pub trait Timer {
    /// Completes no earlier than its delay after it was made. Dropping it disarms it.
    type Sleep: Future<Output = ()>;

    /// Starts to sleep for `delay`, which may be as long as [`Duration::MAX`]: that is practically for ever,
    /// and must not panic.
    fn sleep(&self, delay: Duration) -> Self::Sleep;

    /// The present.
    fn now(&self) -> Stamp;
}

impl<T: Timer> Now for T {
    #[inline]
    fn now(&self) -> Stamp {
        Timer::now(self)
    }
}

macro_rules! behind_a_pointer {
    ($($pointer:ty),*) => {$(
        impl<T: Timer + ?Sized> Timer for $pointer {
            type Sleep = T::Sleep;

            fn sleep(&self, delay: Duration) -> Self::Sleep {
                (**self).sleep(delay)
            }

            fn now(&self) -> Stamp {
                (**self).now()
            }
        }
    )*};
}

behind_a_pointer!(&T, Box<T>, Rc<T>, Arc<T>);
