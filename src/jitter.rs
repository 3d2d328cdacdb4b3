//! Jitter: [`FullJitter`], [`EqualJitter`] and [`ProportionalJitter`] spread the delays of a backoff, downwards
//! only.
//!
//! All draw from the delay after any cap: a jittered delay never exceeds the cap, and is as lively at the
//! cap as below it. With `w` as the random word of the failure for the jitter's salt, the draw from `[0, d)`
//! is `⌊d · w / 2⁶⁴⌋` nanoseconds. None feeds back into the growth of the delays.

use std::time::Duration;

use crate::attempt::Failure;
use crate::backoff::{Backoff, BackoffWrapper};
use crate::decision::Decision;
use crate::error::Invalid;
use crate::nanos;
use crate::rust_code::prints;

/// Uniform over `[0, d)`. Made by [`BackoffExt::full_jitter`](crate::BackoffExt::full_jitter).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct FullJitter<B> {
    pub(crate) inner: B,
}

impl<B> FullJitter<B> {
    /// The salt of [`Failure::sample`] that full jitter draws with.
    pub const SALT: u64 = 1;
}

impl<B: Backoff> BackoffWrapper for FullJitter<B> {
    type Inner = B;

    #[inline]
    fn inner(&self) -> &B {
        &self.inner
    }

    #[inline(always)]
    fn decide_around(&self, failure: &Failure) -> Decision {
        jittered(&self.inner, failure, Self::SALT, |delay| delay)
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

impl<B: Backoff> BackoffWrapper for EqualJitter<B> {
    type Inner = B;

    #[inline]
    fn inner(&self) -> &B {
        &self.inner
    }

    #[inline(always)]
    fn decide_around(&self, failure: &Failure) -> Decision {
        jittered(&self.inner, failure, Self::SALT, |delay| delay.saturating_sub(delay / 2))
    }
}

/// Uniform over `[d · (1 − f), d)` for a fraction `f`. Made by
/// [`BackoffExt::proportional_jitter`](crate::BackoffExt::proportional_jitter).
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct ProportionalJitter<B> {
    pub(crate) inner: B,
    pub(crate) fraction: f64,
}

impl<B> ProportionalJitter<B> {
    /// The salt of [`Failure::sample`] that proportional jitter draws with.
    pub const SALT: u64 = 4;

    /// Jitter over the part `fraction` of each delay.
    pub(crate) fn new(inner: B, fraction: f64) -> Result<Self, Invalid> {
        if (0.0..=1.0).contains(&fraction) {
            Ok(Self { inner, fraction })
        } else {
            Err(Invalid::new("fraction", fraction, "must be between 0 and 1"))
        }
    }
}

impl<B: Backoff> BackoffWrapper for ProportionalJitter<B> {
    type Inner = B;

    #[inline]
    fn inner(&self) -> &B {
        &self.inner
    }

    #[inline(always)]
    fn decide_around(&self, failure: &Failure) -> Decision {
        jittered(&self.inner, failure, Self::SALT, |delay| part(delay, self.fraction))
    }
}

prints!(FullJitter<B>: |this| "{}.full_jitter()", this.inner);
prints!(EqualJitter<B>: |this| "{}.equal_jitter()", this.inner);
prints!(ProportionalJitter<B>: |this| "{}.proportional_jitter({:?})?", this.inner, this.fraction);

/// The inner delay below every cap, with the last `width` of it drawn anew.
#[inline(always)]
fn jittered(inner: &impl Backoff, failure: &Failure, salt: u64, width: impl FnOnce(u64) -> u64) -> Decision {
    inner.decide(failure).map(|delay| {
        let delay = nanos::of(delay).min(failure.cap_nanos());
        let width = width(delay);
        let drawn = nanos::fraction(width, failure.sample(salt));
        Duration::from_nanos(delay.saturating_sub(width).saturating_add(drawn))
    })
}

/// `nanos · fraction`, rounded down, for a fraction between 0 and 1.
#[inline]
fn part(nanos: u64, fraction: f64) -> u64 {
    #[expect(clippy::cast_precision_loss, reason = "a jitter above 104 days may be rounded")]
    let product = nanos as f64 * fraction;
    #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "casts of floats saturate")]
    let part = product as u64;
    part.min(nanos)
}
