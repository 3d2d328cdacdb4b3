//! [`Bounds`]: the least and the most that a policy may do.

use std::cell::Cell;
use std::time::Duration;

use crate::attempt::Failure;
use crate::backoff::Backoff;
use crate::budget::Unlimited;
use crate::clock::Clock;
use crate::decision::{Decision, Reason};
use crate::entropy::Entropy;
use crate::limits;
use crate::nanos;
use crate::observe::Event;
use crate::parts::Parts;
use crate::schedule::{Schedule, sum};
use crate::session::Session;
use crate::step::Step;
use crate::verdict::{Kind, Verdict};

/// The least and the most that a call may do whose attempts all fail, whatever the kinds of the failures.
///
/// Taken from calls in which every jitter draws its smallest value and in which it draws its largest, and which come as early and
/// as late as they can to where a part has a deadline of its own: right for all backoffs whose delays never fall when a draw or a
/// previous delay rises, as those of ours. Hints of the other side may
/// lengthen each wait, and attempts that take time leave less of a deadline to sleep.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Bounds {
    /// The most attempts, the first included; `None` when nothing counts them.
    pub attempts: Option<u32>,
    /// The least that is slept in all, when attempts take no time.
    pub least_sleep: Duration,
    /// The most that is slept in all; `None` when nothing ends the call.
    pub most_sleep: Option<Duration>,
    /// The deadline: no sleep ends at or after it.
    pub deadline: Option<Duration>,
    /// How long an attempt must last for the call to start over: these are the bounds of what follows.
    pub reset_after: Option<Duration>,
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
        let low = Schedule::walk(Extreme::of(policy, Pick::Least), Self::ENDLESS);
        let soonest = Schedule::walk(Extreme::of(policy, Pick::Soonest), Self::ENDLESS);
        let high = longest_delays(policy, low.delays().len());
        let limited = limit(policy.clock()).min(policy.longest_sleep());
        let most = sum(high.get(..low.delays().len()).unwrap_or(&high)).min(limited);
        let some = |duration: Duration| (duration != Duration::MAX).then_some(duration);
        Self {
            attempts: low
                .ended()
                .map(|_| u32::try_from(low.delays().len()).unwrap_or(u32::MAX).saturating_add(1)),
            least_sleep: soonest.total().min(least_at(limited, soonest.delays(), &high)),
            most_sleep: (low.ended().is_some() || limited != Duration::MAX).then_some(most),
            deadline: some(limit(policy.clock())),
            reset_after: some(policy.resets_after()),
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

/// Which of several decisions.
#[derive(Clone, Copy)]
enum Pick {
    /// A stop as soon as a call may stop, or else the shortest delay.
    Soonest,
    /// The shortest delay, and a stop only when there is nothing else.
    Least,
    /// The longest delay, and a stop only when there is nothing else.
    Most,
}

/// What a backoff may decide, whatever the kind of the failure.
struct AnyKind<'a, B: ?Sized> {
    inner: &'a B,
    pick: Pick,
    /// When the call may be here at the earliest, and at the latest.
    span: Cell<(Duration, Duration)>,
}

impl<B: Backoff + ?Sized> AnyKind<'_, B> {
    fn of_kinds(&self, failure: &Failure) -> impl Iterator<Item = Decision> {
        Kind::ALL.into_iter().map(|kind| self.inner.decide(&failure.with_kind(kind)))
    }

    /// The session holds the deadline of a whole backoff itself. One that only a part has may stop the call that draws long
    /// delays, where the one that draws short ones goes on with it, or with another part: both are looked at, early and late.
    fn decisions(&self, failure: &Failure) -> Vec<Decision> {
        if self.inner.clock() == Clock::Unused {
            return self.of_kinds(failure).collect();
        }
        let (earliest, latest) = self.span.get();
        let mut decisions = Vec::new();
        for (elapsed, kind) in [earliest, latest].into_iter().flat_map(|at| Kind::ALL.map(|kind| (at, kind)))
        {
            let then = Failure::new(failure.attempt().with_elapsed(elapsed), 0).with_kind(kind);
            let then = then.with_cap_nanos(failure.cap_nanos());
            let [least, most] =
                [Entropy::Lowest, Entropy::Highest].map(|of| self.inner.decide(&then.with_entropy(of)));
            decisions.extend([least, most]);
            if least.delay().is_some() && most.delay().is_none() {
                decisions.extend(self.longest_on_time(&then, elapsed));
            }
        }
        let delays = || decisions.iter().filter_map(|decision| decision.delay());
        let (least, most) = (delays().min().unwrap_or_default(), delays().max().unwrap_or_default());
        self.span.set((earliest.saturating_add(least), latest.saturating_add(most)));
        decisions
    }
}

impl<B: Backoff + ?Sized> AnyKind<'_, B> {
    /// The longest delay that a jitter can draw and that a deadline still lets through. The deadline is found by what it does to
    /// the shortest one, which it lets through at `elapsed`: the latest time at which it still does.
    fn longest_on_time(&self, failure: &Failure, elapsed: Duration) -> Option<Decision> {
        let least = |nanos| {
            let attempt = failure.attempt().with_elapsed(Duration::from_nanos(nanos));
            let then = Failure::new(attempt, 0).with_kind(failure.kind()).with_cap_nanos(failure.cap_nanos());
            self.inner.decide(&then.with_entropy(Entropy::Lowest)).delay()
        };
        let begun = nanos::of(elapsed);
        let (mut goes_on, mut stops) = (begun, u64::MAX);
        while stops.saturating_sub(goes_on) > 1 {
            let middle = goes_on.midpoint(stops);
            if least(middle).is_some() { goes_on = middle } else { stops = middle }
        }
        let longest = least(goes_on)?.saturating_add(Duration::from_nanos(goes_on.saturating_sub(begun)));
        Some(Decision::Retry(longest.min(failure.cap())))
    }
}

impl<B: Backoff + ?Sized> Backoff for AnyKind<'_, B> {
    fn decide(&self, failure: &Failure) -> Decision {
        let decisions = self.decisions(failure);
        let least = decisions.iter().min().copied().unwrap_or(Decision::Stop(Reason::Attempts));
        let stop = || decisions.iter().find(|decision| decision.delay().is_none()).copied();
        let longest = || decisions.iter().filter_map(|decision| decision.delay()).max();
        match self.pick {
            Pick::Soonest => stop().unwrap_or(least),
            Pick::Least => least,
            Pick::Most => longest().map_or(least, Decision::Retry),
        }
    }

    fn clock(&self) -> Clock {
        self.inner.clock()
    }

    fn resets_after(&self) -> Duration {
        self.inner.resets_after()
    }
}

/// A policy in its least or its most.
struct Extreme<'a, B: ?Sized> {
    backoff: AnyKind<'a, B>,
    clock: Clock,
    /// What is left of the total sleep.
    left: Duration,
}

impl<'a, B: Backoff + ?Sized> Extreme<'a, B> {
    fn of<P: Parts<Backoff = B>>(policy: &'a P, pick: Pick) -> Self {
        let backoff = AnyKind { inner: policy.backoff(), pick, span: Cell::default() };
        Self { backoff, clock: policy.clock(), left: policy.longest_sleep() }
    }
}

impl<'a, B: Backoff + ?Sized> Parts for Extreme<'a, B> {
    type Backoff = AnyKind<'a, B>;
    type Classifier = ();
    type Budget = Unlimited;

    fn backoff(&self) -> &AnyKind<'a, B> {
        &self.backoff
    }

    fn classifier(&self) -> &() {
        &()
    }

    fn budget(&self) -> &Unlimited {
        &Unlimited
    }

    fn clock(&self) -> Clock {
        self.clock
    }

    fn entropy(&self, _number: u32) -> Entropy {
        match self.backoff.pick {
            Pick::Soonest | Pick::Least => Entropy::Lowest,
            Pick::Most => Entropy::Highest,
        }
    }

    fn longest_sleep(&self) -> Duration {
        self.left
    }

    fn observe(&mut self, event: &Event) {
        self.left = limits::left(self.left, event.decision.delay().unwrap_or_default());
    }
}
