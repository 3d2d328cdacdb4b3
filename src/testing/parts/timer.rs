//! [`assert_timer`]: what every timer keeps to.

use std::any::Any;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::pin::pin;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::task::{Context, Poll, Wake, Waker};
use std::time::Duration;

use crate::testing::findings::{Finding, Law, Report, message};
use crate::timer::Timer;

const NOT_EARLY: Law = Law::new("Y1", "no sleep ends before its time");
const LONGEST: Law = Law::new("Y2", "the longest sleep neither panics nor ends");
const FORWARD: Law = Law::new("Y3", "the clock does not go backwards");
const DISARMED: Law = Law::new("Y4", "a sleep that is dropped wakes nobody");

/// Checks what every timer keeps to, on the executor that it is for: it takes a few hundredths of a second of its time.
///
/// ```
/// use persevere::testing::assert_timer;
/// use persevere::Tokio;
///
/// # #[tokio::main(flavor = "current_thread")] async fn main() {
/// assert_timer(&Tokio).await;
/// # }
/// ```
///
/// # Panics
///
/// With the laws that are broken; and when the timer does in a short sleep.
pub async fn assert_timer(timer: &impl Timer) {
    timer_laws(timer).await.assert();
}

/// As [`assert_timer`], as data.
///
/// # Panics
///
/// When the timer does in a short sleep.
pub async fn timer_laws(timer: &impl Timer) -> Report {
    let mut report = Report::default();
    let began = timer.now();
    for delay in
        [Duration::ZERO, Duration::from_nanos(1), Duration::from_micros(700), Duration::from_millis(3)]
    {
        let before = timer.now();
        timer.sleep(delay).await;
        let after = timer.now();
        let slept = after.since(before);
        let early = (slept < delay).then(|| format!("a sleep of {delay:?} took {slept:?}"));
        report.note(NOT_EARLY, 1, early.map(|what| Finding::new(NOT_EARLY, what)));
        let back = (after < before).then(|| format!("{after:?} after {before:?}"));
        report.note(FORWARD, 1, back.map(|what| Finding::new(FORWARD, what)));
    }
    let back = (timer.now() < began).then(|| "it is earlier than at the beginning".to_owned());
    report.note(FORWARD, 1, back.map(|what| Finding::new(FORWARD, what)));
    report.note(DISARMED, 1, disarmed(timer).await);
    report.note(LONGEST, 1, longest(timer).await.map(|what| Finding::new(LONGEST, what)));
    report
}

/// What the longest sleep does that it should not, at once or a little later.
async fn longest(timer: &impl Timer) -> Option<String> {
    let says =
        |panic: Box<dyn Any + Send>| format!("a sleep of `Duration::MAX` panics with `{}`", message(&*panic));
    let sleep = match catch_unwind(AssertUnwindSafe(|| timer.sleep(Duration::MAX))) {
        Ok(sleep) => sleep,
        Err(panic) => return Some(says(panic)),
    };
    let mut sleep = pin!(sleep);
    let mut wrong = || {
        let mut context = Context::from_waker(Waker::noop());
        match catch_unwind(AssertUnwindSafe(|| sleep.as_mut().poll(&mut context))) {
            Ok(Poll::Pending) => None,
            Ok(Poll::Ready(())) => Some("a sleep of `Duration::MAX` has ended".to_owned()),
            Err(panic) => Some(says(panic)),
        }
    };
    if let Some(at_once) = wrong() {
        return Some(at_once);
    }
    timer.sleep(Duration::from_millis(20)).await;
    wrong()
}

/// Remembers that somebody was woken.
struct Woken(AtomicBool);

impl Wake for Woken {
    fn wake(self: Arc<Self>) {
        self.0.store(true, Ordering::SeqCst);
    }
}

async fn disarmed(timer: &impl Timer) -> Option<Finding> {
    let woken = Arc::new(Woken(AtomicBool::new(false)));
    let waker = Waker::from(Arc::clone(&woken));
    {
        let mut sleep = pin!(timer.sleep(Duration::from_millis(5)));
        let _ = sleep.as_mut().poll(&mut Context::from_waker(&waker));
    }
    timer.sleep(Duration::from_millis(20)).await;
    let woke = woken.0.load(Ordering::SeqCst);
    woke.then(|| Finding::new(DISARMED, "who had dropped a sleep of 5ms was woken by it".to_owned()))
}
