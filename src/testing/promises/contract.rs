//! [`Contract`]: what a backoff promises.

use std::fmt;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::Arc;
use std::time::Duration;

use super::jitter::JitterLaw;
use crate::testing::findings::message;

/// What a backoff promises. Nothing is claimed unless it is said, and what is said is checked.
///
/// Delays are counted from 1: the first follows the first failed attempt.
///
/// ```
/// use persevere::testing::{Contract, JitterLaw};
/// use std::time::Duration;
///
/// // 100 ms, 200 ms, 300 ms, … up to a second, half of each at random; five delays.
/// let contract = Contract::new()
///     .grows(|number| Duration::from_millis(100) * number)
///     .cap(Duration::from_secs(1))
///     .jitter(JitterLaw::Equal)
///     .delays(5);
/// # let _ = contract;
/// ```
#[derive(Clone, Default)]
pub struct Contract {
    pub(crate) cap: Option<Duration>,
    pub(crate) floor: Option<Duration>,
    pub(crate) first: Option<Duration>,
    pub(crate) delays: Option<u32>,
    pub(crate) total: Option<Duration>,
    pub(crate) growth: Option<Arc<dyn Fn(u32) -> Duration + Send + Sync>>,
    pub(crate) slack: Option<Duration>,
    pub(crate) rises: bool,
    pub(crate) jitter: Option<JitterLaw>,
    pub(crate) seeded: bool,
}

impl Contract {
    /// Claims nothing.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// No delay is longer, whatever the jitter: one that is added to a delay which is capped before has a cap of its own, the sum.
    #[must_use]
    pub fn cap(self, longest: Duration) -> Self {
        Self { cap: Some(longest), ..self }
    }

    /// No delay is shorter.
    #[must_use]
    pub fn floor(self, shortest: Duration) -> Self {
        Self { floor: Some(shortest), ..self }
    }

    /// The first delay is exactly this.
    #[must_use]
    pub fn first(self, delay: Duration) -> Self {
        Self { first: Some(delay), ..self }
    }

    /// There are exactly so many delays, and then no attempt follows.
    #[must_use]
    pub fn delays(self, number: u32) -> Self {
        Self { delays: Some(number), ..self }
    }

    /// The sum of the delays is at most this. It ends the schedule only when the next delay does not fit, which can be seen when
    /// the growth is claimed and there is no jitter.
    #[must_use]
    pub fn total(self, longest: Duration) -> Self {
        Self { total: Some(longest), ..self }
    }

    /// The delay of each number, counted from 1, without jitter and without the cap. It is asked for numbers up to the [steps of
    /// the check](super::Check::steps), 64 unless set, so it has to saturate where it would overflow.
    #[must_use]
    pub fn grows(self, delay: impl Fn(u32) -> Duration + Send + Sync + 'static) -> Self {
        Self { growth: Some(Arc::new(delay)), ..self }
    }

    /// How far each step of the growth may be off what is claimed; 1 ns unless it is said. The k-th delay may be off by k − 1
    /// times as much: the first one is exact.
    #[must_use]
    pub fn slack(self, for_each_step: Duration) -> Self {
        Self { slack: Some(for_each_step), ..self }
    }

    /// No delay is shorter than the one before it.
    #[must_use]
    pub fn rises(self) -> Self {
        Self { rises: true, ..self }
    }

    /// How the delays are spread; [not at all](JitterLaw::None) when the growth is claimed and this is not said. Most laws need the
    /// growth.
    #[must_use]
    pub fn jitter(self, law: JitterLaw) -> Self {
        Self { jitter: Some(law), ..self }
    }

    /// Equal seeds make equal delays. A [`Backoff`](crate::Backoff) promises that anyway; an iterator only if this is said.
    #[must_use]
    pub fn seeded(self) -> Self {
        Self { seeded: true, ..self }
    }

    /// The delay of this number without jitter.
    pub(crate) fn plain(&self, number: u32) -> Option<Duration> {
        let growth = self.growth.as_ref()?;
        let delay = catch_unwind(AssertUnwindSafe(|| growth(number))).unwrap_or_else(|panic| {
            panic!(
                "`grows` of the contract panics with `{}` for delay {number}: it has to saturate where it would overflow",
                message(&*panic)
            )
        });
        Some(delay.min(self.cap.unwrap_or(Duration::MAX)))
    }

    /// How far the delay of this number may be off.
    pub(crate) fn slack_at(&self, number: u32) -> Duration {
        self.slack.unwrap_or(Duration::from_nanos(1)).saturating_mul(number.saturating_sub(1))
    }

    /// Whether it claims that there is no jitter: also by saying what the delays are, and nothing of a jitter.
    pub(crate) const fn is_plain(&self) -> bool {
        match self.jitter {
            Some(JitterLaw::None) => true,
            None => self.growth.is_some(),
            Some(_) => false,
        }
    }

    /// The law of the jitter that it claims.
    pub(crate) const fn spread(&self) -> Option<&JitterLaw> {
        match &self.jitter {
            Some(JitterLaw::None) | None => None,
            Some(law) => Some(law),
        }
    }

    /// # Panics
    ///
    /// When a law is claimed that cannot be checked without the growth.
    #[track_caller]
    pub(crate) fn assert_complete(&self) {
        if let Some(
            JitterLaw::Proportional(part)
            | JitterLaw::Symmetric(part)
            | JitterLaw::Decorrelated { factor: part, .. },
        ) = self.jitter
        {
            assert!(
                part.is_finite() && part >= 0.0,
                "the jitter {:?} has to be made of a finite number",
                self.jitter
            );
        }
        let lacks = |law: &JitterLaw| law.needs_growth() && self.growth.is_none();
        if let Some(law) = self.jitter.as_ref().filter(|law| lacks(law)) {
            panic!("a contract with the jitter {law:?} has to say what the delays are without: call `grows`");
        }
    }
}

impl fmt::Debug for Contract {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { cap, floor, first, delays, total, growth, slack, rises, jitter, seeded } = self;
        f.debug_struct("Contract")
            .field("cap", cap)
            .field("floor", floor)
            .field("first", first)
            .field("delays", delays)
            .field("total", total)
            .field("grows", &growth.is_some())
            .field("slack", slack)
            .field("rises", rises)
            .field("jitter", jitter)
            .field("seeded", seeded)
            .finish()
    }
}
