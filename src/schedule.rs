//! [`Schedule`]: what a policy would do, without doing it; a [`Walk`] over its delays, and the [`Look`] that makes it see no
//! budget.

use std::fmt;
use std::time::Duration;

use crate::as_policy::Parts;
use crate::attempt::Attempt;
use crate::budget::Unlimited;
use crate::call_rules::CallRules;
use crate::clock::Clock;
use crate::decision::Reason;
use crate::entropy::Entropy;
use crate::limits::total_sleep;
use crate::observe::Event;
use crate::session::Session;
use crate::step::Step;
use crate::verdict::Verdict;

/// The delays of a call whose attempts take no time and all fail, transiently; and what ended it.
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
/// attempt       delay    starts after
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
        Self::walk(Look::new(policy, Draw::Seed(seed)), Self::LONGEST)
    }

    /// What a call of `parts` does, up to its `longest`-th delay.
    pub(crate) fn walk<P: Parts<Budget = Unlimited>>(parts: P, longest: usize) -> Self {
        let mut walk = Walk::new(parts);
        let delays = walk.by_ref().take(longest).collect();
        Self { delays, ended: walk.ended }
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
        sum(&self.delays)
    }

    /// What ended it; `None` when it was still going on at its longest.
    #[must_use]
    pub const fn ended(&self) -> Option<Reason> {
        self.ended
    }
}

/// The sum of some delays; saturates.
pub(crate) fn sum(delays: &[Duration]) -> Duration {
    delays.iter().fold(Duration::ZERO, |sum, &delay| sum.saturating_add(delay))
}

impl fmt::Display for Schedule {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        writeln!(f, "{:>7}  {:>10}  {:>14}", "attempt", "delay", "starts after")?;
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

/// The delays of a call whose attempts take no time and all fail, one after the other.
pub(crate) struct Walk<P: Parts> {
    session: Session<P>,
    elapsed: Duration,
    /// Whether even an attempt that takes no time lets the call start over.
    starts_over: bool,
    /// What ended it.
    ended: Option<Reason>,
}

impl<P: Parts<Budget = Unlimited>> Walk<P> {
    pub(crate) fn new(parts: P) -> Self {
        let starts_over = parts.rules().needs.resets_after.is_zero();
        Self { session: Session::new(parts), elapsed: Duration::ZERO, starts_over, ended: None }
    }
}

impl<P: Parts<Budget = Unlimited>> Iterator for Walk<P> {
    type Item = Duration;

    fn next(&mut self) -> Option<Duration> {
        if self.ended.is_some() {
            return None;
        }
        if self.starts_over {
            self.session.start_over(self.elapsed);
            self.elapsed = Duration::ZERO;
        }
        match self.session.step(self.elapsed, Verdict::retry()) {
            Step::Stop(reason) => {
                self.ended = Some(reason);
                None
            }
            Step::Retry(delay, ()) => {
                self.elapsed = self.elapsed.saturating_add(delay);
                Some(delay)
            }
        }
    }
}

/// What the samples of a call come from.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Draw {
    Seed(u64),
    /// Every sample is the least one.
    #[cfg_attr(not(feature = "testing"), expect(dead_code, reason = "laws look at the ends of a range"))]
    Lowest,
    /// Every sample is the greatest one.
    #[cfg_attr(not(feature = "testing"), expect(dead_code, reason = "laws look at the ends of a range"))]
    Highest,
}

/// A policy that is only looked at.
pub(crate) struct Look<'a, P: ?Sized> {
    policy: &'a P,
    draw: Draw,
    slept: Duration,
}

impl<'a, P: ?Sized> Look<'a, P> {
    pub(crate) const fn new(policy: &'a P, draw: Draw) -> Self {
        Self { policy, draw, slept: Duration::ZERO }
    }
}

impl<P: Parts> Parts for Look<'_, P> {
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

    fn rules(&self) -> CallRules {
        let rules = self.policy.rules();
        let longest_sleep = total_sleep::left(rules.longest_sleep, self.slept);
        CallRules { longest_sleep, observer: Clock::Unused, ..rules }
    }

    fn entropy(&self, number: u32) -> Entropy {
        match self.draw {
            Draw::Seed(seed) => Entropy::seeded(seed, number),
            Draw::Lowest => Entropy::Lowest,
            Draw::Highest => Entropy::Highest,
        }
    }

    fn observe(&mut self, event: &Event) {
        self.slept = self.slept.saturating_add(event.decision.delay().unwrap_or_default());
    }

    fn start_over(&mut self, _attempt: &Attempt) {
        self.slept = Duration::ZERO;
    }
}
