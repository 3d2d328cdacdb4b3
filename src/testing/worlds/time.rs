//! [`VirtualTime`]: a timer whose clock moves only when everybody waits.

use std::collections::BTreeMap;
use std::ops::ControlFlow;
use std::pin::{Pin, pin};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::task::{Context, Poll, Wake, Waker};
use std::time::Duration;

use crate::clock::Stamp;
use crate::timer::Timer;

/// A timer whose clock moves only when everybody waits, straight to the next sleep that ends. Clones share it.
#[derive(Clone, Debug, Default)]
pub struct VirtualTime {
    shared: Arc<Mutex<Shared>>,
}

#[derive(Debug, Default)]
struct Shared {
    now: Duration,
    /// Who sleeps, by the time when it ends and the order in which it began.
    armed: BTreeMap<(Duration, u64), Option<Waker>>,
    begun: u64,
    sleeps: Vec<Duration>,
}

impl VirtualTime {
    /// A clock at zero, with nobody asleep.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// Runs a future to its end, moving the clock whenever it waits.
    ///
    /// # Panics
    ///
    /// When the future waits and no sleep is armed: it would wait for ever.
    #[track_caller]
    pub fn run<F: Future>(&self, future: F) -> F::Output {
        let output = self.drive(pin!(future), || ControlFlow::Continue(()));
        output.expect("nothing breaks it off")
    }

    /// Runs a future to its end, unless `waits`, which is asked each time that it waits, breaks it off.
    #[track_caller]
    pub(super) fn drive<F: Future>(
        &self,
        mut future: Pin<&mut F>,
        mut waits: impl FnMut() -> ControlFlow<()>,
    ) -> Option<F::Output> {
        let woken = Arc::new(Woken(AtomicBool::new(true)));
        let waker = Waker::from(Arc::clone(&woken));
        loop {
            // Polled only when it was woken, as a runtime would: a wake-up that is lost is noticed.
            while woken.0.swap(false, Ordering::SeqCst) {
                if let Poll::Ready(output) = future.as_mut().poll(&mut Context::from_waker(&waker)) {
                    return Some(output);
                }
                if waits().is_break() {
                    return None;
                }
            }
            assert!(self.step(), "the future waits, and there is no sleep that could end");
        }
    }

    /// Moves the clock to the end of the next sleep and wakes it; `false` when nobody sleeps.
    #[must_use = "`false` means that the clock stands still"]
    pub fn step(&self) -> bool {
        let mut shared = self.lock();
        let Some(((ends, _), waker)) = shared.armed.pop_first() else { return false };
        shared.now = shared.now.max(ends);
        drop(shared);
        if let Some(waker) = waker {
            waker.wake();
        }
        true
    }

    /// The time since the clock was at zero.
    #[must_use]
    pub fn elapsed(&self) -> Duration {
        self.lock().now
    }

    /// Every sleep of calls on this timer, as it was asked for, in order.
    #[must_use]
    pub fn sleeps(&self) -> Vec<Duration> {
        self.lock().sleeps.clone()
    }

    /// Sleeps that have neither ended nor been dropped.
    #[must_use]
    pub fn armed(&self) -> usize {
        self.lock().armed.len()
    }

    /// A sleep that is not among the [`sleeps`](Self::sleeps): what an operation takes.
    pub fn pass(&self, time: Duration) -> VirtualSleep {
        let mut shared = self.lock();
        let key = (shared.now.saturating_add(time), shared.begun);
        shared.begun = shared.begun.saturating_add(1);
        shared.armed.insert(key, None);
        drop(shared);
        VirtualSleep { time: self.clone(), key }
    }

    fn lock(&self) -> MutexGuard<'_, Shared> {
        self.shared.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Timer for VirtualTime {
    type Sleep = VirtualSleep;

    fn sleep(&self, delay: Duration) -> VirtualSleep {
        self.lock().sleeps.push(delay);
        self.pass(delay)
    }

    fn now(&self) -> Stamp {
        Stamp::default().after(self.elapsed())
    }
}

/// A sleep in virtual time. Dropping it disarms it.
#[derive(Debug)]
#[must_use = "futures do nothing unless you `.await` or poll them"]
pub struct VirtualSleep {
    time: VirtualTime,
    key: (Duration, u64),
}

impl Future for VirtualSleep {
    type Output = ();

    fn poll(self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<()> {
        let mut shared = self.time.lock();
        match shared.armed.get_mut(&self.key) {
            Some(waker) => {
                *waker = Some(context.waker().clone());
                Poll::Pending
            }
            None => Poll::Ready(()),
        }
    }
}

impl Drop for VirtualSleep {
    fn drop(&mut self) {
        self.time.lock().armed.remove(&self.key);
    }
}

struct Woken(AtomicBool);

impl Wake for Woken {
    fn wake(self: Arc<Self>) {
        self.0.store(true, Ordering::SeqCst);
    }
}
