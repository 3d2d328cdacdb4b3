//! [`Attempt`]: what is known when an attempt starts; [`Failure`]: what is known when it has failed.

use std::fmt;
use std::time::Duration;

use crate::entropy::Entropy;
use crate::hint::Hint;
use crate::nanos;
use crate::rounded::Rounded;
use crate::verdict::Kind;

/// One run of the operation, seen from its start.
#[derive(Clone, Copy, PartialEq, Eq)]
pub struct Attempt {
    number: u32,
    elapsed: u64,
    previous: Rounded,
    remaining: u64,
}

impl Attempt {
    /// The attempt with this number, at the beginning of a call without a deadline.
    ///
    /// Zero counts as one: the first attempt.
    #[must_use]
    #[inline]
    pub const fn new(number: u32) -> Self {
        let number = if number == 0 { 1 } else { number };
        Self { number, elapsed: 0, previous: Rounded::ZERO, remaining: u64::MAX }
    }

    /// The same attempt, `elapsed` after the call began.
    #[must_use]
    #[inline]
    pub const fn with_elapsed(self, elapsed: Duration) -> Self {
        Self { elapsed: nanos::of(elapsed), ..self }
    }

    /// The same attempt, following the delay `previous`.
    #[must_use]
    #[inline]
    pub const fn with_previous_delay(self, previous: Duration) -> Self {
        Self { previous: Rounded::of(previous), ..self }
    }

    /// The attempt with this number, which is not zero, following the delay `previous`. Times in nanoseconds.
    #[inline]
    pub(crate) const fn of_nanos(number: u32, previous: Rounded, elapsed: u64, remaining: u64) -> Self {
        Self { number, elapsed, previous, remaining }
    }

    /// As [`remaining`](Self::remaining), in nanoseconds; [`u64::MAX`] when there is no deadline.
    #[inline]
    pub(crate) const fn remaining_nanos(&self) -> u64 {
        self.remaining
    }

    pub(crate) const fn previous(&self) -> Rounded {
        self.previous
    }

    /// The same attempt in a call that has `remaining` time left; [`Duration::MAX`] means no limit.
    #[must_use]
    #[inline]
    pub const fn with_remaining(self, remaining: Duration) -> Self {
        Self { remaining: nanos::of(remaining), ..self }
    }

    /// The number of this attempt, counted from 1.
    #[must_use]
    #[inline]
    pub const fn number(&self) -> u32 {
        self.number
    }

    /// Time since the call began, or last started over; attempts and sleeps included.
    ///
    /// Zero when no part of the policy [reads the clock](crate::Clock).
    #[must_use]
    #[inline]
    pub const fn elapsed(&self) -> Duration {
        Duration::from_nanos(self.elapsed)
    }

    /// The delay that the backoff chose before this attempt, before any hint; zero before the first.
    ///
    /// Exact up to 16 ms; above that it may be off by up to 60 ns per second.
    #[must_use]
    #[inline]
    pub const fn previous_delay(&self) -> Duration {
        self.previous.duration()
    }

    /// Time left until the deadline of the call, or `None` when there is no deadline.
    #[must_use]
    #[inline]
    pub const fn remaining(&self) -> Option<Duration> {
        if self.remaining == u64::MAX { None } else { Some(Duration::from_nanos(self.remaining)) }
    }
}

impl fmt::Debug for Attempt {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Attempt")
            .field("number", &self.number())
            .field("elapsed", &self.elapsed())
            .field("previous_delay", &self.previous_delay())
            .field("remaining", &self.remaining())
            .finish()
    }
}

/// An attempt that failed and may be retried: all that a [`Backoff`](crate::Backoff) knows.
///
/// Two equal failures get equal decisions: the randomness of a backoff comes from [`sample`](Self::sample).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Failure {
    attempt: Attempt,
    kind: Kind,
    hint: Option<Hint>,
    entropy: Entropy,
    cap: u64,
}

impl Failure {
    /// A transient failure of `attempt`, with the random `word` that its samples are made of.
    #[must_use]
    #[inline]
    pub const fn new(attempt: Attempt, word: u64) -> Self {
        Self { attempt, kind: Kind::Transient, hint: None, entropy: Entropy::Word(word), cap: u64::MAX }
    }

    /// The same failure with its samples from elsewhere.
    #[must_use]
    #[inline]
    pub const fn with_entropy(self, entropy: Entropy) -> Self {
        Self { entropy, ..self }
    }

    /// The same failure of another kind.
    #[must_use]
    #[inline]
    pub const fn with_kind(self, kind: Kind) -> Self {
        Self { kind, ..self }
    }

    /// The same failure with a hint, or without.
    #[must_use]
    #[inline]
    pub const fn with_hint(self, hint: Option<Hint>) -> Self {
        Self { hint, ..self }
    }

    /// The same failure with no more than `cap` as the longest delay.
    #[must_use]
    #[inline]
    pub fn with_cap(self, cap: Duration) -> Self {
        self.with_cap_nanos(nanos::of(cap))
    }

    /// As [`with_cap`](Self::with_cap), in nanoseconds.
    #[inline]
    pub(crate) fn with_cap_nanos(self, cap: u64) -> Self {
        Self { cap: self.cap.min(cap), ..self }
    }

    /// The same failure as the `number`-th, for a schedule that starts later than the call; zero counts as one.
    #[must_use]
    #[inline]
    pub const fn with_number(self, number: u32) -> Self {
        let number = if number == 0 { 1 } else { number };
        Self { attempt: Attempt { number, ..self.attempt }, ..self }
    }

    /// The attempt that failed. Its [`elapsed`](Attempt::elapsed) is the time when it failed.
    #[must_use]
    #[inline]
    pub const fn attempt(&self) -> &Attempt {
        &self.attempt
    }

    /// The number of the attempt that failed, counted from 1: the first delay is asked for at 1.
    #[must_use]
    #[inline]
    pub const fn number(&self) -> u32 {
        self.attempt.number
    }

    /// What kind of failure it is.
    #[must_use]
    #[inline]
    pub const fn kind(&self) -> Kind {
        self.kind
    }

    /// What the other side asked for, if it did. The session applies it after the backoff's decision.
    #[must_use]
    #[inline]
    pub const fn hint(&self) -> Option<Hint> {
        self.hint
    }

    /// The longest delay that any cap around this backoff lets through.
    ///
    /// A jitter applies it before it draws, so that it stays alive at the cap instead of being cut there.
    #[must_use]
    #[inline]
    pub const fn cap(&self) -> Duration {
        if self.cap == u64::MAX { Duration::MAX } else { Duration::from_nanos(self.cap) }
    }

    /// As [`cap`](Self::cap), in nanoseconds.
    #[inline]
    pub(crate) const fn cap_nanos(&self) -> u64 {
        self.cap
    }

    /// The delay that the hint makes of `own`; a hint that forbids another attempt leaves it as it is.
    #[must_use]
    #[inline]
    pub fn resolved(&self, own: Duration) -> Duration {
        self.hint.and_then(|hint| hint.shift(own)).unwrap_or(own)
    }

    /// A random word, uniform over all of `u64`, the same each time it is asked for with the same `salt`.
    ///
    /// There is one random word per failure; each kind of jitter mixes its own stream from it with its own salt,
    /// so that jitters of two kinds are not correlated. Two jitters of one kind draw alike, which is what makes
    /// `a.and(a)` the same as `a`. The salts 1 to 5 are those of this library's parts. The stream is
    /// `mix(word XOR salt · 0x9e3779b97f4a7c15)` with the finaliser of SplitMix64 as `mix`.
    #[must_use]
    #[inline]
    pub const fn sample(&self, salt: u64) -> u64 {
        self.entropy.sample(salt)
    }
}
