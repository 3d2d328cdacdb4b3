//! [`FuturesTimer`]: the timer of the crate `futures-timer`, for any executor: with the feature `futures-timer`.

use std::fmt;
use std::pin::Pin;
use std::task::{Context, Poll};
use std::time::{Duration, Instant};

use futures_timer::Delay;

use super::Timer;
use super::instant::stamp;
use crate::clock::Stamp;

/// The timer of the crate `futures-timer`, which has a thread of its own and works with any executor.
///
/// Its stamps are those of `Tokio` and of threads, so that all of them may share a budget.
///
/// ```
/// use futures::executor::block_on;
/// use persevere::{BackoffExt, FuturesTimer, Retry, constant};
/// use std::time::Duration;
///
/// let failing = || async { Err::<(), _>("down") };
/// let call = Retry::new(constant(Duration::from_millis(1)).attempts(3), failing, FuturesTimer);
/// assert_eq!(block_on(call), Err("down"));
/// ```
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct FuturesTimer;

impl FuturesTimer {
    /// 136 years: the clock of the system may not reach as far as a longer delay asks for.
    const LONGEST: Duration = Duration::from_secs(u32::MAX as u64);
}

impl Timer for FuturesTimer {
    type Sleep = FuturesSleep;

    fn sleep(&self, delay: Duration) -> FuturesSleep {
        FuturesSleep(Delay::new(delay.min(Self::LONGEST)))
    }

    #[expect(clippy::disallowed_methods, reason = "this is the door that time comes through")]
    fn now(&self) -> Stamp {
        stamp(Instant::now())
    }
}

/// A sleep of [`FuturesTimer`]. Dropping it disarms it.
#[must_use = "futures do nothing unless you `.await` or poll them"]
pub struct FuturesSleep(Delay);

impl Future for FuturesSleep {
    type Output = ();

    fn poll(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<()> {
        Pin::new(&mut self.0).poll(context)
    }
}

impl fmt::Debug for FuturesSleep {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("FuturesSleep").finish()
    }
}
