//! [`Bounds`]: the least and the most that a policy may do.

mod extreme;

use std::fmt;
use std::time::Duration;

use self::extreme::{Extreme, Pick};
use crate::as_policy::Parts;
use crate::call_rules::CallRules;
use crate::clock::Clock;
use crate::nanos;
use crate::schedule::{Schedule, sum};
use crate::session::Session;
use crate::step::Step;
use crate::verdict::Verdict;

/// The least and the most that a call may do whose attempts all fail, whatever the kinds of the failures.
///
/// Taken from calls in which every jitter draws its smallest value and in which it draws its largest, and which come as early and
/// as late as they can to where a part has a deadline of its own: right for all backoffs whose longest and shortest delays are at
/// those draws, and whose delays never fall when the previous one rises, as those of ours. Hints of the other side may lengthen
/// each wait, and attempts that take time leave less of a deadline to sleep.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Bounds {
    /// The most attempts, the first included; `None` when nothing counts them, or they are more than 10,000.
    pub attempts: Option<u32>,
    /// The least that is slept in all, when attempts take no time; of the first 10,000 sleeps when nothing ends the call.
    pub least_sleep: Duration,
    /// The most that is slept in all; `None` when nothing ends the call, or only a count of more than 10,000 attempts.
    pub most_sleep: Option<Duration>,
    /// The deadline: no sleep ends at or after it.
    pub deadline: Option<Duration>,
    /// How long an attempt must last for the call to start over: these are the bounds of what follows.
    pub reset_after: Option<Duration>,
}

impl Bounds {
    /// Attempts that are looked at before a call counts as endless.
    const ENDLESS: usize = 10_000;

    /// The bounds of `policy`.
    ///
    /// ```
    /// use persevere::{BackoffExt, Bounds, exponential};
    /// use std::time::Duration;
    ///
    /// let ms = Duration::from_millis;
    /// let bounds = Bounds::of(&exponential(ms(100)).equal_jitter().attempts(4));
    /// assert_eq!(bounds.attempts, Some(4));
    /// assert_eq!(bounds.least_sleep, ms(50 + 100 + 200));
    /// assert!(bounds.most_sleep <= Some(ms(100 + 200 + 400)));
    /// assert_eq!(Bounds::of(&exponential(ms(100))).attempts, None);
    /// ```
    #[must_use]
    pub fn of<P: Parts>(policy: &P) -> Self {
        let low = Schedule::walk(Extreme::of(policy, Pick::Least), Self::ENDLESS);
        let soonest = Schedule::walk(Extreme::of(policy, Pick::Soonest), Self::ENDLESS);
        let CallRules { needs, longest_sleep: longest, .. } = policy.rules();
        let deadline = limit(needs.clock);
        let limited = deadline.min(longest);
        // The time of a call is told up to 584 years: a later deadline may stop it, and cannot be relied on to do so.
        let met = if nanos::of(deadline) < u64::MAX { limited } else { longest };
        let is_endless = low.ended().is_none() && met == Duration::MAX;
        // What has no end has no longest sleep either.
        let high = if is_endless && limited == Duration::MAX {
            Vec::new()
        } else {
            longest_delays(policy, low.delays().len())
        };
        let seen = sum(high.get(..low.delays().len()).unwrap_or(&high));
        // What goes on beyond that which is looked at goes on to its limit, unless it never sleeps.
        let most = if low.ended().is_some() || seen.is_zero() { seen.min(met) } else { met };
        let some = |duration: Duration| (duration != Duration::MAX).then_some(duration);
        Self {
            attempts: low
                .ended()
                .map(|_| u32::try_from(low.delays().len()).unwrap_or(u32::MAX).saturating_add(1)),
            least_sleep: soonest.total().min(least_at(limited, soonest.delays(), &high)),
            most_sleep: (!is_endless).then_some(most),
            deadline: some(deadline),
            reset_after: some(needs.resets_after),
        }
    }

    /// The most time that a call takes whose attempts take no longer than `attempt` each; `None` when nothing ends
    /// it, or when such attempts let it start over.
    ///
    /// Without hints: each one may lengthen a wait, up to [`Policy::max_hint`](crate::Policy::max_hint), which is 30 s unless
    /// set. A deadline holds for them too.
    #[must_use]
    pub fn worst_time(&self, attempt: Duration) -> Option<Duration> {
        if self.reset_after.is_some_and(|healthy| attempt >= healthy) {
            return None;
        }
        let counted = self.attempts.zip(self.most_sleep);
        let counted = counted.map(|(attempts, most)| attempt.saturating_mul(attempts).saturating_add(most));
        let on_time = self.deadline.map(|deadline| deadline.saturating_add(attempt));
        counted.into_iter().chain(on_time).min()
    }
}

/// The deadline of a clock; the longest one is none.
const fn limit(clock: Clock) -> Duration {
    match clock {
        Clock::Deadline(limit) => limit,
        Clock::Read | Clock::Unused => Duration::MAX,
    }
}

/// The least that a call has slept that `limited` ends: a delay does not fit any more, and what was slept before lies
/// between the sums of the shortest and of the longest delays.
fn least_at(limited: Duration, low: &[Duration], high: &[Duration]) -> Duration {
    let (mut least, mut most) = (Duration::ZERO, Duration::ZERO);
    let mut found = Duration::MAX;
    for (index, &delay) in high.iter().enumerate() {
        let slept = least.max(limited.saturating_sub(delay));
        if limited != Duration::MAX && slept <= most {
            found = found.min(slept);
        }
        least = least.saturating_add(low.get(index).copied().unwrap_or_default());
        most = most.saturating_add(delay);
    }
    found
}

/// The longest delays after each of the first `most + 1` attempts, without regard to limits in time.
fn longest_delays<P: Parts>(policy: &P, most: usize) -> Vec<Duration> {
    let timeless = Extreme { clock: Clock::Unused, left: Duration::MAX, ..Extreme::of(policy, Pick::Most) };
    let mut session = Session::new(timeless);
    let delays = std::iter::from_fn(|| match session.step(Duration::ZERO, Verdict::retry()) {
        Step::Retry(delay, ()) => Some(delay),
        Step::Stop(_) => None,
    });
    delays.take(most.saturating_add(1)).collect()
}

/// A line for each bound, and what it means for the server when every call fails.
impl fmt::Display for Bounds {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let or_none =
            |time: Option<Duration>| time.map_or_else(|| "none".to_owned(), |time| format!("{time:?}"));
        let attempts =
            self.attempts.map_or_else(|| "more than 10000".to_owned(), |most| format!("at most {most}"));
        writeln!(f, "attempts      {attempts}")?;
        let sleep = self.most_sleep.map_or_else(
            || "no bound".to_owned(),
            |most| format!("at least {:?}, at most {most:?}", self.least_sleep),
        );
        writeln!(f, "sleep         {sleep}")?;
        writeln!(f, "deadline      {}", or_none(self.deadline))?;
        if let Some(healthy) = self.reset_after {
            writeln!(f, "starts over   after an attempt of {healthy:?}")?;
        }
        match self.attempts {
            Some(_) if self.reset_after.is_some() => {
                writeln!(f, "amplification without bound where calls start over, unless a budget sets one")
            }
            Some(most) => writeln!(f, "amplification {most} times the calls, unless a budget allows less"),
            None => writeln!(f, "amplification without bound, unless a budget sets one"),
        }
    }
}
