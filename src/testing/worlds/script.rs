//! [`Script`]: an operation whose attempts are written down beforehand.

use std::collections::VecDeque;
use std::pin::Pin;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::task::{Context, Poll, ready};
use std::time::Duration;

use super::time::{VirtualSleep, VirtualTime};

/// An operation whose attempts are written down beforehand, in virtual time. Clones share the attempts.
///
/// ```
/// use persevere::testing::{Script, VirtualTime};
/// use std::time::Duration;
///
/// let time = VirtualTime::new();
/// let script = Script::new(&time).fails("no").takes(Duration::from_secs(1)).succeeds(3);
/// let mut operation = script.operation();
/// assert_eq!(time.run(operation()), Err("no"));
/// assert_eq!(time.run(operation()), Ok(3));
/// assert_eq!((script.starts().len(), script.alive()), (2, 0));
/// ```
#[derive(Debug)]
pub struct Script<T, E> {
    time: VirtualTime,
    shared: Arc<Mutex<Shared<T, E>>>,
    /// How long the attempt takes that is being written down.
    takes: Duration,
}

#[derive(Debug)]
struct Shared<T, E> {
    attempts: VecDeque<(Duration, End<T, E>)>,
    starts: Vec<Duration>,
    alive: usize,
}

/// How an attempt ends.
#[derive(Debug)]
enum End<T, E> {
    Outcome(Result<T, E>),
    /// Never.
    Hang,
    Panic(&'static str),
}

impl<T, E> Script<T, E> {
    /// A script without attempts, on the clock of `time`.
    #[must_use]
    pub fn new(time: &VirtualTime) -> Self {
        let shared = Shared { attempts: VecDeque::new(), starts: Vec::new(), alive: 0 };
        Self { time: time.clone(), shared: Arc::new(Mutex::new(shared)), takes: Duration::ZERO }
    }

    /// These attempts, on the clock of `time`: how long each takes, and how it ends.
    #[must_use]
    pub fn of(time: &VirtualTime, attempts: impl IntoIterator<Item = (Duration, Result<T, E>)>) -> Self {
        attempts
            .into_iter()
            .fold(Self::new(time), |script, (takes, outcome)| script.takes(takes).ends(End::Outcome(outcome)))
    }

    /// The next attempt takes this long; no time, unless it is said.
    #[must_use]
    pub fn takes(self, time: Duration) -> Self {
        Self { takes: time, ..self }
    }

    /// The next attempt fails.
    #[must_use]
    pub fn fails(self, error: E) -> Self {
        self.ends(End::Outcome(Err(error)))
    }

    /// The next attempt succeeds.
    #[must_use]
    pub fn succeeds(self, value: T) -> Self {
        self.ends(End::Outcome(Ok(value)))
    }

    /// The next attempt never ends.
    #[must_use]
    pub fn hangs(self) -> Self {
        self.ends(End::Hang)
    }

    /// The next attempt panics.
    #[must_use]
    pub fn panics(self, message: &'static str) -> Self {
        self.ends(End::Panic(message))
    }

    fn ends(self, end: End<T, E>) -> Self {
        self.lock().attempts.push_back((self.takes, end));
        Self { takes: Duration::ZERO, ..self }
    }

    /// The operation: each call starts the next attempt of the script.
    ///
    /// # Panics
    ///
    /// The operation panics when it is called more often than the script has attempts.
    pub fn operation(&self) -> impl FnMut() -> ScriptFuture<T, E> + use<T, E> {
        let script = self.clone();
        move || {
            let now = script.time.elapsed();
            let mut shared = script.lock();
            let (takes, end) = shared.attempts.pop_front().unwrap_or_else(|| {
                panic!("the script has {} attempts, and another one has started", shared.starts.len())
            });
            shared.starts.push(now);
            shared.alive = shared.alive.saturating_add(1);
            drop(shared);
            let sleep = if takes.is_zero() { None } else { Some(script.time.pass(takes)) };
            ScriptFuture { script: script.clone(), sleep, end: Some(end) }
        }
    }

    /// When each attempt started.
    #[must_use]
    pub fn starts(&self) -> Vec<Duration> {
        self.lock().starts.clone()
    }

    /// Attempts that have been started and whose futures have not been dropped.
    #[must_use]
    pub fn alive(&self) -> usize {
        self.lock().alive
    }

    fn lock(&self) -> MutexGuard<'_, Shared<T, E>> {
        self.shared.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl<T, E> Clone for Script<T, E> {
    fn clone(&self) -> Self {
        Self { time: self.time.clone(), shared: Arc::clone(&self.shared), takes: self.takes }
    }
}

/// One attempt of a [`Script`].
#[derive(Debug)]
#[must_use = "futures do nothing unless you `.await` or poll them"]
pub struct ScriptFuture<T, E> {
    script: Script<T, E>,
    sleep: Option<VirtualSleep>,
    /// `None` once it has ended.
    end: Option<End<T, E>>,
}

impl<T: Unpin, E: Unpin> Future for ScriptFuture<T, E> {
    type Output = Result<T, E>;

    fn poll(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Result<T, E>> {
        if let Some(sleep) = &mut self.sleep {
            ready!(Pin::new(sleep).poll(context));
            self.sleep = None;
        }
        match self.end.take() {
            Some(End::Outcome(outcome)) => Poll::Ready(outcome),
            Some(End::Hang) => {
                self.end = Some(End::Hang);
                Poll::Pending
            }
            Some(End::Panic(message)) => panic!("{message}"),
            None => panic!("an attempt must not be polled after it has ended"),
        }
    }
}

impl<T, E> Drop for ScriptFuture<T, E> {
    fn drop(&mut self) {
        let mut shared = self.script.lock();
        shared.alive = shared.alive.saturating_sub(1);
    }
}
