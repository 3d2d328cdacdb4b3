//! [`Schedule`]: what a policy would do, without doing it; [`Bounds`]: the least and the most it may do.

use std::fmt;
use std::time::Duration;

use crate::budget::Unlimited;
use crate::clock::Clock;
use crate::decision::Reason;
use crate::entropy::Entropy;
use crate::limits;
use crate::observe::Event;
use crate::parts::Parts;
use crate::session::{Session, Step};
use crate::verdict::Verdict;

/// The delays of a call whose attempts take no time and all fail, and what ended it.
///
/// Made by the same session that makes the decisions of a real call, in virtual time, without budget and observer:
/// what it shows is what a call with the same seed does. Ends at 1,000 delays if nothing else ends it.
///
/// ```
/// use persevere::{BackoffExt, Reason, Schedule, exponential};
/// use std::time::Duration;
///
/// let ms = Duration::from_millis;
/// let schedule = Schedule::of(&exponential(ms(100)).capped(ms(300)).attempts(5), 0);
/// assert_eq!(schedule.delays(), [ms(100), ms(200), ms(300), ms(300)]);
/// assert_eq!((schedule.total(), schedule.ended()), (ms(900), Some(Reason::Attempts)));
/// assert_eq!(schedule.to_string(), "\
/// attempt       delay   starts after
///       1           -             0ns
///       2       100ms           100ms
///       3       200ms           300ms
///       4       300ms           600ms
///       5       300ms           900ms
/// then: attempts used up
/// ");
/// ```
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Schedule {
    delays: Vec<Duration>,
    ended: Option<Reason>,
}

impl Schedule {
    /// The most delays that are looked at.
    pub const LONGEST: usize = 1_000;

    /// The schedule of `policy` with the jitter of `seed`, as of [`Retry::seed`](crate::Retry::seed).
    #[must_use]
    pub fn of<P: Parts>(policy: &P, seed: u64) -> Self {
        Self::drawn(policy, |number| Entropy::seeded(seed, number), Self::LONGEST)
    }

    fn drawn<P: Parts>(policy: &P, draw: impl Fn(u32) -> Entropy, longest: usize) -> Self {
        let mut session = Session::new(Look { policy, draw, slept: Duration::ZERO });
        let (mut elapsed, mut delays) = (Duration::ZERO, Vec::new());
        while delays.len() < longest {
            match session.step(elapsed, Verdict::retry()) {
                Step::Stop(reason) => return Self { delays, ended: Some(reason) },
                Step::Retry(delay, ()) => {
                    elapsed = elapsed.saturating_add(delay);
                    delays.push(delay);
                }
            }
        }
        Self { delays, ended: None }
    }

    /// The delays, one after the other.
    #[must_use]
    pub fn delays(&self) -> &[Duration] {
        &self.delays
    }

    /// When the attempts start, the first one at zero.
    pub fn starts(&self) -> impl Iterator<Item = Duration> + '_ {
        let sums = self.delays.iter().scan(Duration::ZERO, |sum, &delay| {
            *sum = sum.saturating_add(delay);
            Some(*sum)
        });
        std::iter::once(Duration::ZERO).chain(sums)
    }

    /// The sum of all delays; saturates.
    #[must_use]
    pub fn total(&self) -> Duration {
        self.delays.iter().fold(Duration::ZERO, |sum, &delay| sum.saturating_add(delay))
    }

    /// What ended it; `None` when it was still going on at its longest.
    #[must_use]
    pub const fn ended(&self) -> Option<Reason> {
        self.ended
    }
}

impl fmt::Display for Schedule {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        writeln!(f, "{:>7}  {:>10}  {:>13}", "attempt", "delay", "starts after")?;
        let delays =
            std::iter::once("-".to_owned()).chain(self.delays.iter().map(|delay| format!("{delay:?}")));
        for ((number, delay), start) in (1_u32..).zip(delays).zip(self.starts()) {
            writeln!(f, "{number:>7}  {delay:>10}  {:>14}", format!("{start:?}"))?;
        }
        match self.ended {
            Some(reason) => writeln!(f, "then: {reason}"),
            None => writeln!(f, "and so on"),
        }
    }
}

/// The least and the most that a call may do whose attempts all fail.
///
/// Taken from the two schedules in which every jitter draws its smallest and its largest value: exact for our own
/// backoffs, whose delays never fall when a draw rises. Hints of the other side may lengthen each wait.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Bounds {
    /// The most attempts, the first included; `None` when nothing ends the call.
    pub attempts: Option<u32>,
    /// The least that is slept in all.
    pub least_sleep: Duration,
    /// The most that is slept in all; `None` when nothing ends the call.
    pub most_sleep: Option<Duration>,
}

impl Bounds {
    /// Attempts that are looked at before a call counts as endless.
    const ENDLESS: usize = 100_000;

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
        let [low, high] =
            [Entropy::Lowest, Entropy::Highest].map(|draw| Schedule::drawn(policy, |_| draw, Self::ENDLESS));
        // A deadline lets more of the shorter delays pass: the counts come from the lower schedule.
        let attempts =
            low.ended.map(|_| u32::try_from(low.delays.len()).unwrap_or(u32::MAX).saturating_add(1));
        let most = high.ended.map(|_| high.total().max(low.total()));
        Self { attempts, least_sleep: low.total().min(high.total()), most_sleep: most }
    }

    /// The most time that a call takes whose attempts take no longer than `attempt` each; `None` when nothing ends
    /// it.
    ///
    /// A deadline ends a call earlier than this says when attempts take long.
    #[must_use]
    pub fn worst_time(&self, attempt: Duration) -> Option<Duration> {
        Some(attempt.saturating_mul(self.attempts?).saturating_add(self.most_sleep?))
    }
}

/// A policy that is only looked at.
struct Look<'a, P, F> {
    policy: &'a P,
    /// What the samples after attempt `number` come from.
    draw: F,
    slept: Duration,
}

impl<P: Parts, F: Fn(u32) -> Entropy> Parts for Look<'_, P, F> {
    type Backoff = P::Backoff;
    type Classifier = P::Classifier;
    type Budget = Unlimited;

    fn backoff(&self) -> &P::Backoff {
        self.policy.backoff()
    }

    fn classifier(&self) -> &P::Classifier {
        self.policy.classifier()
    }

    fn budget(&self) -> &Unlimited {
        &Unlimited
    }

    fn clock(&self) -> Clock {
        self.policy.clock()
    }

    fn max_hint(&self) -> Duration {
        self.policy.max_hint()
    }

    fn hint_spread(&self) -> Duration {
        self.policy.hint_spread()
    }

    fn entropy(&self, number: u32) -> Entropy {
        (self.draw)(number)
    }

    fn longest_sleep(&self) -> Duration {
        limits::left(self.policy.longest_sleep(), self.slept)
    }

    fn observe(&mut self, event: &Event) {
        self.slept = self.slept.saturating_add(event.decision.delay().unwrap_or_default());
    }
}
