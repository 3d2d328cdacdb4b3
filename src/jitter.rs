//! Jitter: [`FullJitter`] and [`EqualJitter`] spread the delays of a backoff, downwards only.
//!
//! Both draw from the delay after any cap: a jittered delay never exceeds the cap, and is as lively at the
//! cap as below it. With `w` as the random word of the failure for the jitter's salt, the draw from `[0, d)`
//! is `⌊d · w / 2⁶⁴⌋` nanoseconds. Neither feeds back into the growth of the delays.

use std::time::Duration;

use crate::attempt::Failure;
use crate::backoff::Backoff;
use crate::clock::Clock;
use crate::decision::Decision;
use crate::nanos;

/// Uniform over `[0, d)`. Made by [`BackoffExt::full_jitter`](crate::BackoffExt::full_jitter).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct FullJitter<B> {
    pub(crate) inner: B,
}

impl<B> FullJitter<B> {
    /// The salt of [`Failure::sample`] that full jitter draws with.
    pub const SALT: u64 = 1;
}

impl<B: Backoff> Backoff for FullJitter<B> {
    fn decide(&self, failure: &Failure) -> Decision {
        let word = failure.sample(Self::SALT);
        self.inner.decide(failure).map(|delay| {
            let delay = nanos::of(delay.min(failure.cap()));
            Duration::from_nanos(nanos::fraction(delay, word))
        })
    }

    fn clock(&self) -> Clock {
        self.inner.clock()
    }
}

/// Uniform over `[d/2, d)`, with `d/2` rounded down to a nanosecond. Made by
/// [`BackoffExt::equal_jitter`](crate::BackoffExt::equal_jitter).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct EqualJitter<B> {
    pub(crate) inner: B,
}

impl<B> EqualJitter<B> {
    /// The salt of [`Failure::sample`] that equal jitter draws with.
    pub const SALT: u64 = 2;
}

impl<B: Backoff> Backoff for EqualJitter<B> {
    fn decide(&self, failure: &Failure) -> Decision {
        let word = failure.sample(Self::SALT);
        self.inner.decide(failure).map(|delay| {
            let delay = nanos::of(delay.min(failure.cap()));
            let half = delay / 2;
            let drawn = nanos::fraction(delay.saturating_sub(half), word);
            Duration::from_nanos(half.saturating_add(drawn))
        })
    }

    fn clock(&self) -> Clock {
        self.inner.clock()
    }
}
