//! Composition: [`BackoffExt`] builds a backoff out of others; [`And`] joins two, [`Capped`] caps one.

use std::time::Duration;

use crate::attempt::Failure;
use crate::backoff::Backoff;
use crate::clock::Clock;
use crate::decision::Decision;
use crate::jitter::{EqualJitter, FullJitter};
use crate::limits::{Attempts, Within};

/// Builds a backoff out of others: implemented for every [`Backoff`].
///
/// ```
/// use persevere::{BackoffExt, exponential};
/// use std::time::Duration;
///
/// let backoff = exponential(Duration::from_millis(50))
///     .capped(Duration::from_secs(2))
///     .full_jitter()
///     .attempts(5)
///     .within(Duration::from_secs(10));
/// # let _ = backoff;
/// ```
pub trait BackoffExt: Backoff + Sized {
    /// No delay above `cap`, which applies before any jitter, wherever it stands in the chain.
    ///
    /// A jittered delay therefore stays random at the cap instead of piling up there.
    #[must_use]
    fn capped(self, cap: Duration) -> Capped<Self> {
        Capped { inner: self, cap }
    }

    /// Each delay `d` becomes uniform over `[0, d)`: the widest spread, the mean is half the delay.
    #[must_use]
    fn full_jitter(self) -> FullJitter<Self> {
        FullJitter { inner: self }
    }

    /// Each delay `d` becomes uniform over `[d/2, d)`: never less than half of it.
    #[must_use]
    fn equal_jitter(self) -> EqualJitter<Self> {
        EqualJitter { inner: self }
    }

    /// At most `most` attempts in all, the first included; 0 counts as 1, since a call has to end in an
    /// outcome.
    #[must_use]
    fn attempts(self, most: u32) -> Attempts<Self> {
        Attempts { inner: self, most }
    }

    /// At most `most` retries, so at most `most + 1` attempts in all.
    #[must_use]
    fn retries(self, most: u32) -> Attempts<Self> {
        Attempts { inner: self, most: most.saturating_add(1) }
    }

    /// No attempt starts at or after `limit`, counted from the beginning of the call, attempts and sleeps
    /// included. A call whose next sleep would end at or after the limit stops before that sleep.
    ///
    /// It never cuts a running attempt. [`Duration::MAX`] means no limit. The place in the chain does not
    /// matter: the delay that counts is the one that would be slept.
    #[must_use]
    fn within(self, limit: Duration) -> Within<Self> {
        Within { inner: self, limit }
    }

    /// Both must agree: the longer delay of the two, and a stop as soon as one of them stops.
    #[must_use]
    fn and<B: Backoff>(self, other: B) -> And<Self, B> {
        And { first: self, second: other }
    }
}

impl<B: Backoff> BackoffExt for B {}

/// No delay above a cap. Made by [`BackoffExt::capped`].
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Capped<B> {
    inner: B,
    cap: Duration,
}

impl<B: Backoff> Backoff for Capped<B> {
    fn decide(&self, failure: &Failure) -> Decision {
        self.inner.decide(&failure.with_cap(self.cap)).map(|delay| delay.min(self.cap))
    }

    fn clock(&self) -> Clock {
        self.inner.clock()
    }
}

/// Two backoffs that must agree. Made by [`BackoffExt::and`].
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct And<A, B> {
    first: A,
    second: B,
}

impl<A: Backoff, B: Backoff> Backoff for And<A, B> {
    fn decide(&self, failure: &Failure) -> Decision {
        self.first.decide(failure).max(self.second.decide(failure))
    }

    fn clock(&self) -> Clock {
        self.first.clock().and(self.second.clock())
    }
}
