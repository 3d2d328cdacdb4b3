//! What a single call puts around its policy: [`Classified`], [`Refining`], [`Watched`],
//! [`Seeded`], [`Bounded`], [`Rationed`].

use std::any::type_name;
use std::fmt;
use std::time::Duration;

use crate::as_policy::Parts;
use crate::attempt::Attempt;
use crate::classifier::{Classifier, Refine};
use crate::clock::Clock;
use crate::decision::Decision;
use crate::entropy::Entropy;
use crate::limits::total_sleep;
use crate::needs::Needs;
use crate::observe::Event;
use crate::verdict::Verdict;

/// The named methods of [`Parts`], passed on to the field `policy`.
macro_rules! forward {
    (@backoff) => {
        fn backoff(&self) -> &Self::Backoff {
            self.policy.backoff()
        }
    };
    (@classifier) => {
        fn classifier(&self) -> &Self::Classifier {
            self.policy.classifier()
        }
    };
    (@budget) => {
        fn budget(&self) -> &Self::Budget {
            self.policy.budget()
        }
    };
    (@needs) => {
        fn needs(&self) -> Needs {
            self.policy.needs()
        }
    };
    (@settings) => {
        fn max_hint(&self) -> Duration {
            self.policy.max_hint()
        }

        fn hint_spread(&self) -> Duration {
            self.policy.hint_spread()
        }
    };
    (@sleep) => {
        fn longest_sleep(&self) -> Duration {
            self.policy.longest_sleep()
        }
    };
    (@entropy) => {
        fn entropy(&self, number: u32) -> Entropy {
            self.policy.entropy(number)
        }
    };
    (@observe) => {
        fn observer_clock(&self) -> Clock {
            self.policy.observer_clock()
        }

        fn observe(&mut self, event: &Event) {
            self.policy.observe(event);
        }
    };
    (@start_over) => {
        fn start_over(&mut self, attempt: &Attempt) {
            self.policy.start_over(attempt);
        }
    };
    ($($method:ident),*) => {
        $($crate::call_settings::forward!(@$method);)*
    };
}
pub(crate) use forward;

/// A policy with another classifier. Made by [`Retry::classify`](crate::Retry::classify).
#[derive(Clone, Copy, Debug)]
pub struct Classified<P, C> {
    pub(crate) policy: P,
    pub(crate) classifier: C,
}

impl<P, C> Classified<P, C> {
    /// `policy`, judging by `classifier`.
    #[must_use]
    pub const fn new(policy: P, classifier: C) -> Self {
        Self { policy, classifier }
    }
}

impl<P: Parts, C> Parts for Classified<P, C> {
    type Backoff = P::Backoff;
    type Classifier = C;
    type Budget = P::Budget;
    forward!(backoff, budget, needs, settings, sleep, entropy, observe, start_over);

    fn classifier(&self) -> &C {
        &self.classifier
    }
}

/// A policy of whose judgement one half is changed. Made by [`Retry::when`](crate::Retry::when) and
/// [`Retry::until`](crate::Retry::until).
#[derive(Clone, Copy, Debug)]
pub struct Refining<P, R> {
    pub(crate) policy: P,
    pub(crate) refinement: R,
}

impl<P: Parts, R> Parts for Refining<P, R> {
    type Backoff = P::Backoff;
    /// Its own classifier, so that the one of a shared policy is not copied.
    type Classifier = Self;
    type Budget = P::Budget;
    forward!(backoff, budget, needs, settings, sleep, entropy, observe, start_over);

    fn classifier(&self) -> &Self {
        self
    }
}

impl<O: ?Sized, P: Parts, R: Refine<P::Classifier, O>> Classifier<O> for Refining<P, R> {
    fn classify(&self, outcome: &O) -> Verdict {
        self.refinement.refine(self.policy.classifier(), outcome)
    }
}

/// A policy with one more listener, told of each retry. Made by
/// [`Retry::on_retry`](crate::Retry::on_retry).
#[derive(Clone, Copy)]
pub struct Watched<P, F> {
    pub(crate) policy: P,
    pub(crate) tell: F,
}

impl<P, F: FnMut(&Event)> Watched<P, F> {
    /// `policy`, with `tell` called for each retry, before its sleep and after the policy's observer.
    #[must_use]
    pub const fn new(policy: P, tell: F) -> Self {
        Self { policy, tell }
    }
}

impl<P: Parts, F: FnMut(&Event)> Parts for Watched<P, F> {
    type Backoff = P::Backoff;
    type Budget = P::Budget;
    type Classifier = P::Classifier;
    forward!(backoff, budget, classifier, needs, settings, sleep, entropy, start_over);

    fn observer_clock(&self) -> Clock {
        Clock::Read
    }

    fn observe(&mut self, event: &Event) {
        self.policy.observe(event);
        if let Decision::Retry(_) = event.decision {
            (self.tell)(event);
        }
    }
}

/// A policy whose jitter is fixed by a seed. Made by [`Retry::seed`](crate::Retry::seed), and by hand for a
/// [`Session`](crate::Session).
#[derive(Clone, Copy, Debug)]
pub struct Seeded<P> {
    policy: P,
    seed: u64,
}

impl<P> Seeded<P> {
    /// `policy` with the jitter of `seed`: the same seed gives the same delays, on every platform.
    #[must_use]
    pub const fn new(policy: P, seed: u64) -> Self {
        Self { policy, seed }
    }
}

impl<P: Parts> Parts for Seeded<P> {
    type Backoff = P::Backoff;
    type Budget = P::Budget;
    type Classifier = P::Classifier;
    forward!(backoff, budget, classifier, needs, settings, sleep, observe, start_over);

    fn entropy(&self, number: u32) -> Entropy {
        Entropy::seeded(self.seed, number)
    }
}

/// A policy with a deadline of its own. Made by [`Retry::within`](crate::Retry::within).
#[derive(Clone, Copy, Debug)]
pub struct Bounded<P> {
    pub(crate) policy: P,
    pub(crate) limit: Duration,
}

impl<P> Bounded<P> {
    /// `policy` for a call that stops before a sleep which would end at or after `limit`, beside its own deadline;
    /// [`Duration::MAX`] means no limit.
    #[must_use]
    pub const fn new(policy: P, limit: Duration) -> Self {
        Self { policy, limit }
    }
}

impl<P: Parts> Parts for Bounded<P> {
    type Backoff = P::Backoff;
    type Budget = P::Budget;
    type Classifier = P::Classifier;
    forward!(backoff, budget, classifier, settings, sleep, entropy, observe, start_over);

    fn needs(&self) -> Needs {
        self.policy.needs().within(self.limit)
    }
}

/// A policy whose sleeps may last so long in all. Made by [`Retry::total_sleep`](crate::Retry::total_sleep), and by
/// hand for [`blocking::retry`](crate::blocking::retry), a loop or a [`Session`](crate::Session).
///
/// It counts for one call: do not share it.
#[derive(Clone, Copy, Debug)]
pub struct Rationed<P> {
    policy: P,
    limit: Duration,
    slept: Duration,
}

impl<P> Rationed<P> {
    /// `policy` for a call whose sleeps last at most `limit` in all; [`Duration::MAX`] means no limit.
    ///
    /// ```
    /// use persevere::{BackoffExt, Rationed, Reason, Schedule, constant};
    /// use std::time::Duration;
    ///
    /// let ms = Duration::from_millis;
    /// let schedule = Schedule::of(&Rationed::new(constant(ms(300)), ms(1_000)), 0);
    /// assert_eq!((schedule.delays(), schedule.ended()), ([ms(300); 3].as_slice(), Some(Reason::TotalSleep)));
    /// ```
    #[must_use]
    pub const fn new(policy: P, limit: Duration) -> Self {
        Self { policy, limit, slept: Duration::ZERO }
    }
}

impl<P: Parts> Parts for Rationed<P> {
    type Backoff = P::Backoff;
    type Budget = P::Budget;
    type Classifier = P::Classifier;
    forward!(backoff, budget, classifier, needs, settings, entropy);

    fn longest_sleep(&self) -> Duration {
        total_sleep::left(self.limit, self.slept).min(self.policy.longest_sleep())
    }

    fn observer_clock(&self) -> Clock {
        self.policy.observer_clock()
    }

    fn observe(&mut self, event: &Event) {
        self.policy.observe(event);
        if let Decision::Retry(delay) = event.decision {
            self.slept = self.slept.saturating_add(delay);
        }
    }

    fn start_over(&mut self, attempt: &Attempt) {
        self.policy.start_over(attempt);
        self.slept = Duration::ZERO;
    }
}

impl<P: fmt::Debug, F> fmt::Debug for Watched<P, F> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Watched").field("policy", &self.policy).field("tell", &type_name::<F>()).finish()
    }
}
