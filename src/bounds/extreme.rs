//! [`Extreme`]: a policy in the least or the most that it may do.

use std::cell::Cell;
use std::time::Duration;

use crate::as_policy::Parts;
use crate::attempt::Failure;
use crate::backoff::{Backoff, BackoffWrapper};
use crate::budget::Unlimited;
use crate::call_rules::CallRules;
use crate::clock::Clock;
use crate::decision::{Decision, Reason};
use crate::entropy::Entropy;
use crate::limits::total_sleep;
use crate::nanos;
use crate::needs::Needs;
use crate::observe::Event;
use crate::verdict::Kind;

/// Which of several decisions.
#[derive(Clone, Copy)]
pub(super) enum Pick {
    /// A stop as soon as a call may stop, or else the shortest delay.
    Soonest,
    /// The shortest delay, and a stop only when there is nothing else.
    Least,
    /// The longest delay, and a stop only when there is nothing else.
    Most,
}

/// What a backoff may decide, whatever the kind of the failure.
pub(super) struct AnyKind<'a, B: ?Sized> {
    inner: &'a B,
    pick: Pick,
    /// When the call may be here at the earliest, and at the latest; each with the delay before.
    span: Cell<[(Duration, Duration); 2]>,
}

impl<B: Backoff + ?Sized> AnyKind<'_, B> {
    /// With the least and with the greatest sample, since a jitter may go either way.
    ///
    /// The session holds the deadline of a whole backoff itself. One that only a part has may stop the call that draws long
    /// delays, where the one that draws short ones goes on with it, or with another part: so both are looked at, early and late.
    fn decisions(&self, failure: &Failure) -> Vec<Decision> {
        let attempt = failure.attempt();
        let times = if self.inner.needs().clock == Clock::Unused {
            vec![(attempt.elapsed(), attempt.previous_delay())]
        } else {
            let [early, late] = self.span.get();
            vec![early, (early.0, late.1), (late.0, early.1), late]
        };
        let mut decisions = Vec::new();
        for ((elapsed, previous), kind) in
            times.into_iter().flat_map(|time| Kind::ALL.map(|kind| (time, kind)))
        {
            let attempt = attempt.with_elapsed(elapsed).with_previous_delay(previous);
            let then = Failure::new(attempt, 0).with_kind(kind).with_cap_nanos(failure.cap_nanos());
            let at = |sample| self.inner.decide(&then.with_entropy(sample));
            let (least, most) = (at(Entropy::Lowest), at(Entropy::Highest));
            decisions.extend([least, most]);
            if least.delay().is_some() && most.delay().is_none() {
                decisions.extend(self.longest_on_time(&then));
            }
        }
        let delays = || decisions.iter().filter_map(|decision| decision.delay());
        let (least, most) = (delays().min().unwrap_or_default(), delays().max().unwrap_or_default());
        let [early, late] = self.span.get();
        self.span.set([(early.0.saturating_add(least), least), (late.0.saturating_add(most), most)]);
        decisions
    }

    /// The longest delay that a jitter can draw and that a deadline still lets through. The deadline is found by what it does to
    /// the shortest one, which it lets through at the time of the failure: the latest time at which it still does. `None` when
    /// there is no such time: it was no deadline.
    fn longest_on_time(&self, failure: &Failure) -> Option<Decision> {
        let least = |nanos| {
            let attempt = failure.attempt().with_elapsed(Duration::from_nanos(nanos));
            let then = Failure::new(attempt, 0).with_kind(failure.kind()).with_cap_nanos(failure.cap_nanos());
            self.inner.decide(&then.with_entropy(Entropy::Lowest)).delay()
        };
        let begun = nanos::of(failure.attempt().elapsed());
        let (mut goes_on, mut stops) = (begun, u64::MAX);
        if least(stops).is_some() {
            return None;
        }
        while stops.saturating_sub(goes_on) > 1 {
            let middle = goes_on.midpoint(stops);
            if least(middle).is_some() { goes_on = middle } else { stops = middle }
        }
        let longest = least(goes_on)?.saturating_add(Duration::from_nanos(goes_on.saturating_sub(begun)));
        Some(Decision::Retry(longest.min(failure.cap())))
    }
}

impl<B: Backoff + ?Sized> BackoffWrapper for AnyKind<'_, B> {
    type Inner = B;

    fn inner(&self) -> &B {
        self.inner
    }

    fn decide_around(&self, failure: &Failure) -> Decision {
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

    /// Bounds are those from one beginning to the next.
    fn adjust(&self, needs: Needs) -> Needs {
        Needs::of(needs.clock)
    }
}

/// A policy in its least or its most.
pub(super) struct Extreme<'a, B: ?Sized> {
    pub(super) backoff: AnyKind<'a, B>,
    pub(super) clock: Clock,
    /// What is left of the total sleep.
    pub(super) left: Duration,
}

impl<'a, B: Backoff + ?Sized> Extreme<'a, B> {
    pub(super) fn of<P: Parts<Backoff = B>>(policy: &'a P, pick: Pick) -> Self {
        let backoff = AnyKind { inner: policy.backoff(), pick, span: Cell::default() };
        let rules = policy.rules();
        Self { backoff, clock: rules.needs.clock, left: rules.longest_sleep }
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

    fn rules(&self) -> CallRules {
        CallRules { longest_sleep: self.left, ..CallRules::of(Needs::of(self.clock)) }
    }

    fn entropy(&self, _number: u32) -> Entropy {
        match self.backoff.pick {
            Pick::Soonest | Pick::Least => Entropy::Lowest,
            Pick::Most => Entropy::Highest,
        }
    }

    fn observe(&mut self, event: &Event) {
        self.left = total_sleep::left(self.left, event.decision.delay().unwrap_or_default());
    }
}
