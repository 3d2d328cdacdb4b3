//! Composition: [`BackoffExt`] builds a backoff out of others. Each way to do so is a file of this folder.

mod and;
mod by_kind;
mod capped;
mod floor;
mod or;
mod reset_after;
mod then;

use std::time::Duration;

use crate::backoff::Backoff;
use crate::error::Invalid;
use crate::jitter::{EqualJitter, FullJitter, ProportionalJitter};
use crate::limits::{Attempts, Within};
use crate::nanos;
use crate::verdict::Kind;

pub use self::and::And;
pub use self::by_kind::ByKind;
pub use self::capped::Capped;
pub use self::floor::Floor;
pub use self::or::Or;
pub use self::reset_after::ResetAfter;
pub use self::then::Then;

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
    /// No delay of this backoff above `cap`, which applies before any jitter, wherever it stands in the chain.
    ///
    /// A jittered delay therefore stays random at the cap instead of piling up there. A hint of the other side
    /// may still ask for a longer wait, up to [`Policy::max_hint`](crate::Policy::max_hint). It is kept in nanoseconds:
    /// the longest cap, [`Duration::MAX`] included, is [`u64::MAX`] of them (584 years).
    #[must_use]
    fn capped(self, cap: Duration) -> Capped<Self> {
        Capped { inner: self, cap: nanos::of(cap) }
    }

    /// No delay below `floor`, applied to what stands before it in the chain; it wins over a lower cap that stands before it.
    #[must_use]
    fn floor(self, floor: Duration) -> Floor<Self> {
        Floor { inner: self, floor }
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

    /// Each delay `d` becomes uniform over `[d · (1 − fraction), d)`.
    ///
    /// ```
    /// use persevere::{BackoffExt, exponential};
    /// use std::time::Duration;
    ///
    /// let spread = exponential(Duration::from_secs(1)).proportional_jitter(0.2)?;   // 0.8–1 s, 1.6–2 s, …
    /// # let _ = spread; Ok::<(), persevere::Invalid>(())
    /// ```
    ///
    /// # Errors
    ///
    /// [`Invalid`] unless `fraction` is between 0 and 1.
    fn proportional_jitter(self, fraction: f64) -> Result<ProportionalJitter<Self>, Invalid> {
        ProportionalJitter::new(self, fraction)
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

    /// A call stops before a sleep that would end at or after `limit`, counted from the beginning of the call,
    /// attempts and sleeps included.
    ///
    /// It cuts neither a running attempt nor one that its operation is not ready for, and a timer that rounds up
    /// may let an attempt start a little later. [`Duration::MAX`] means no limit. The place in the chain does not
    /// matter: the delay that counts is the one that would be slept.
    #[must_use]
    fn within(self, limit: Duration) -> Within<Self> {
        Within { inner: self, limit }
    }

    /// Lets a call start over when an attempt fails that has lasted for `healthy` or longer: with attempt 1, the first
    /// delay, the whole deadline and the whole total sleep. Never unless set.
    ///
    /// The place in the chain does not matter; of several such times the shortest counts.
    ///
    /// For attempts that are long-lived connections: one that was good for a day and breaks is no reason to give up, or
    /// to wait for as long as after a row of failures. To the budget, such an attempt was a success. An attempt that
    /// hangs lasts long too: put a time-out around what it opens.
    ///
    /// ```
    /// use persevere::testing::{Script, VirtualTime};
    /// use persevere::{BackoffExt, Retry, exponential};
    /// use std::time::Duration;
    ///
    /// let (ms, minute) = (Duration::from_millis, Duration::from_secs(60));
    /// let backoff = exponential(ms(100)).attempts(3).reset_after(minute);
    ///
    /// let time = VirtualTime::new();
    /// let connection = Script::<(), _>::new(&time)
    ///     .fails("refused").takes(minute).fails("broken")   // good for a minute
    ///     .fails("refused").fails("refused");
    /// let outcome = time.run(Retry::new(backoff, connection.operation(), time.clone()));
    /// assert_eq!((outcome, time.sleeps()), (Err("refused"), vec![ms(100), ms(100), ms(200)]));
    /// ```
    ///
    /// The time is that of the timer, and exact to 0.12 µs for each second since the call began. With
    /// [`Duration::ZERO`] every failure is the first one: such a call ends in a success or not at all.
    #[must_use]
    fn reset_after(self, healthy: Duration) -> ResetAfter<Self> {
        ResetAfter { inner: self, healthy }
    }

    /// Both must agree: the longer delay of the two, and a stop as soon as one of them stops.
    #[must_use]
    fn and<B: Backoff>(self, other: B) -> And<Self, B> {
        And { first: self, second: other }
    }

    /// Either may insist: the shorter delay of the two, and a stop only when both of them stop.
    #[must_use]
    fn or<B: Backoff>(self, other: B) -> Or<Self, B> {
        Or { first: self, second: other }
    }

    /// One after the other: this backoff decides after the attempts 1 to `attempts`, then `next` takes over and
    /// counts them from 1 again.
    ///
    /// ```
    /// use persevere::{BackoffExt, constant, exponential};
    /// use std::time::Duration;
    ///
    /// let ms = Duration::from_millis;
    /// let backoff = constant(ms(10)).then(3, exponential(ms(100)));   // 10, 10, 10, 100, 200, 400, … ms
    /// # let _ = backoff;
    /// ```
    #[must_use]
    fn then<B: Backoff>(self, attempts: u32, next: B) -> Then<Self, B> {
        Then { first: self, attempts, next }
    }

    /// Another backoff for failures of one kind. Numbers and limits around the whole run over all kinds
    /// together.
    ///
    /// ```
    /// use persevere::{BackoffExt, Kind, exponential};
    /// use std::time::Duration;
    ///
    /// let ms = Duration::from_millis;
    /// let backoff = exponential(ms(50)).by_kind(Kind::Throttled, exponential(ms(1000))).full_jitter().attempts(5);
    /// # let _ = backoff;
    /// ```
    #[must_use]
    fn by_kind<B: Backoff>(self, kind: Kind, other: B) -> ByKind<Self, B> {
        ByKind { inner: self, kind, other }
    }
}

impl<B: Backoff> BackoffExt for B {}
