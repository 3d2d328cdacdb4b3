//! [`cancel_everywhere`]: a future dropped at every point where it can wait.

use std::ops::ControlFlow;
use std::pin::pin;

use super::time::VirtualTime;

/// Drops a future at every point where it can wait, one after the other; the number of these points.
///
/// For k = 0, 1, 2, … a future is made by `case` on a clock of its own, run until it waits for the (k + 1)-th time, and dropped
/// there; then `after_drop` is told k and the clock, and may look at what is left. It ends when a future does not wait so
/// often: that one runs to its end, and `after_drop` is told of it too.
///
/// ```
/// use persevere::testing::{Script, VirtualTime, cancel_everywhere};
/// use persevere::{BackoffExt, Policy, Retry, TokenBudget, constant};
/// use std::time::Duration;
///
/// let ms = Duration::from_millis;
/// let budget = TokenBudget::new(2, 0.0)?;
/// let waits = cancel_everywhere(
///     |time| {
///         let policy = Policy::new(constant(ms(100)).attempts(2)).budget(budget.clone());
///         let script = Script::<(), _>::new(&time).takes(ms(10)).fails("busy").takes(ms(10)).fails("busy");
///         Retry::new(policy, script.operation(), time)
///     },
///     |dropped_at, _| {
///         let started_again = dropped_at >= 2;
///         assert_eq!(budget.available() < 2.0, started_again, "a token is lost when its attempt has started");
///     },
/// );
/// assert_eq!(waits, 3);   // an attempt, the sleep, an attempt
/// # Ok::<(), persevere::Invalid>(())
/// ```
///
/// # Panics
///
/// When a dropped future leaves a sleep armed; when one waits and no sleep is armed; and when `case` or `after_drop` does.
#[track_caller]
pub fn cancel_everywhere<F: Future>(
    mut case: impl FnMut(VirtualTime) -> F,
    mut after_drop: impl FnMut(usize, &VirtualTime),
) -> usize {
    for point in 0.. {
        let time = VirtualTime::new();
        let ended = run_to(&time, case(time.clone()), point);
        assert_eq!(time.armed(), 0, "sleeps are armed although the future is gone, at point {point}");
        after_drop(point, &time);
        if ended {
            return point;
        }
    }
    unreachable!("a future waits less often than there are numbers")
}

/// Runs a future until it has waited so often and waits once more, and drops it there; or to its end, which is `true`.
#[track_caller]
fn run_to<F: Future>(time: &VirtualTime, future: F, waits: usize) -> bool {
    let mut left = waits;
    let ended = time.drive(pin!(future), || match left.checked_sub(1) {
        Some(less) => {
            left = less;
            ControlFlow::Continue(())
        }
        None => ControlFlow::Break(()),
    });
    ended.is_some()
}
