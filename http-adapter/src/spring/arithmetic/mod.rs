//! [`SpringBackoff`] and [`SpringJitter`]: the delays of Spring Cloud Gateway's filter, to the millisecond.
//!
//! `Backoff.exponential` of `reactor-extra` and the gateway's random jitter have the same arithmetic. The next delay may depend on the
//! previous one after its jitter, so it is not a pure function of a failure. It therefore reaches the session as an exact hint.

#[cfg(test)]
mod tests;

use std::fmt;
use std::time::Duration;

use persevere::Invalid;

use crate::rules::Drawn;

/// Growing delays with an optional cap, as in the setting `backoff`.
///
/// The n-th delay is `first · factorⁿ⁻¹`, or the previous delay times the factor, always between the first
/// and the cap.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct SpringBackoff {
    first: i128,
    cap: i128,
    factor: i32,
    from_previous: bool,
}

impl SpringBackoff {
    /// `firstBackoff` and, if there is one, `maxBackoff`; doubling, each delay from the previous one.
    ///
    /// # Errors
    ///
    /// [`Invalid`] when `first` is zero, `cap` is below `first`, or one of them reaches beyond 2⁶³ − 1
    /// milliseconds.
    pub fn new(first: Duration, cap: Option<Duration>) -> Result<Self, Invalid> {
        if first.is_zero() {
            return Err(Invalid::new("backoff.firstBackoff", "0ns", "firstBackoff must be > 0"));
        }
        let invalid =
            |bound| Invalid::new("backoff.maxBackoff", format!("{:?}", cap.unwrap_or_default()), bound);
        let (first, limit) = (nanos(first), cap.map_or(LONGEST, nanos));
        if limit < first {
            return Err(invalid("maxBackoff must be >= firstBackoff"));
        }
        if cap.is_some() && limit >= LONGEST {
            return Err(invalid("maxBackoff must be less than Long.MAX_VALUE milliseconds"));
        }
        Ok(Self { first, cap: limit, factor: 2, from_previous: true })
    }

    /// Growth by `factor`. Zero and negative factors are accepted, as Spring does: the delays stay between the
    /// first and the cap.
    #[must_use]
    pub const fn factor(self, factor: i32) -> Self {
        Self { factor, ..self }
    }

    /// `basedOnPreviousValue`: whether each delay grows from the previous one, jitter included.
    #[must_use]
    pub const fn based_on_previous_value(self, from_previous: bool) -> Self {
        Self { from_previous, ..self }
    }

    /// The first delay.
    pub(crate) fn first(self) -> Duration {
        duration(self.first)
    }

    /// Returns true if the factor does not make delays shorter.
    pub(crate) const fn grows_or_stays(self) -> bool {
        self.factor >= 1
    }

    /// Returns the delay after the ones `drawn`. Its jitter is drawn with the random `word`.
    pub(super) fn next(self, drawn: Drawn, jitter: Option<SpringJitter>, word: u64) -> Drawn {
        let count = drawn.count.saturating_add(1);
        let grown = self.grown(count, nanos(drawn.last));
        let last = jitter.map_or(grown, |jitter| jitter.spread(grown, self, word));
        Drawn { count, last: duration(last) }
    }

    /// The `number`-th delay, counted from 1, after `previous`, which is zero for the first.
    fn grown(self, number: u32, previous: i128) -> i128 {
        let raw = if self.from_previous {
            previous.saturating_mul(self.factor.into())
        } else if previous >= self.cap {
            self.cap
        } else {
            self.first.saturating_mul(self.power(number.saturating_sub(1)))
        };
        raw.clamp(self.first, self.cap)
    }

    /// `(long) Math.pow(factor, steps)`: a power in floating point that saturates at 64 bits.
    fn power(self, steps: u32) -> i128 {
        let power = f64::from(self.factor).powi(i32::try_from(steps).unwrap_or(i32::MAX));
        #[expect(clippy::cast_possible_truncation, reason = "casts of floats saturate, here as in Java")]
        let long = power as i64;
        long.into()
    }
}

impl fmt::Display for SpringBackoff {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "backoff {:?} × {}", duration(self.first), self.factor)?;
        if self.cap < LONGEST {
            write!(f, " up to {:?}", duration(self.cap))?;
        }
        f.write_str(if self.from_previous { " from the previous" } else { "" })
    }
}

/// A spread around each delay, as in the setting `jitter`: only upwards at the first delay, only downwards at
/// the cap.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct SpringJitter {
    percent: i128,
}

impl SpringJitter {
    /// `randomFactor`, counted in whole percents, rounded down.
    ///
    /// # Errors
    ///
    /// [`Invalid`] unless the factor is between 0 and 1.
    pub fn new(random_factor: f64) -> Result<Self, Invalid> {
        if !(0.0..=1.0).contains(&random_factor) {
            let bound = "random factor must be between 0 and 1 (default 0.5)";
            return Err(Invalid::new("jitter.randomFactor", random_factor, bound));
        }
        #[expect(clippy::cast_possible_truncation, reason = "between 0 and 100")]
        let percent = (100.0 * random_factor) as i64;
        Ok(Self { percent: percent.into() })
    }

    /// Returns true if the jitter is zero.
    pub(crate) const fn is_none(self) -> bool {
        self.percent == 0
    }

    /// `delay` with its jitter; `word` is the random word that it is drawn with.
    fn spread(self, delay: i128, backoff: SpringBackoff, word: u64) -> i128 {
        let offset = millis(delay.saturating_mul(self.percent) / 100);
        let low = millis(backoff.first.saturating_sub(delay)).max(offset.saturating_neg());
        let high = millis(backoff.cap.saturating_sub(delay)).min(offset);
        let width = high.saturating_sub(low);
        let drawn = low.saturating_add(width.saturating_mul(word.into()) >> 64);
        delay.saturating_add(drawn.saturating_mul(MILLI))
    }
}

impl fmt::Display for SpringJitter {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "jitter {} %", self.percent)
    }
}

const MILLI: i128 = 1_000_000;

/// Java's largest `long` as milliseconds: the cap of a backoff that has none.
const LONGEST: i128 = (i64::MAX as i128).saturating_mul(MILLI);

fn nanos(duration: Duration) -> i128 {
    i128::try_from(duration.as_nanos()).unwrap_or(i128::MAX)
}

/// Whole milliseconds, rounded towards zero as Java's `Duration.toMillis` does.
const fn millis(nanos: i128) -> i128 {
    nanos / MILLI
}

fn duration(nanos: i128) -> Duration {
    const SECOND: i128 = 1_000_000_000;
    let seconds = u64::try_from(nanos / SECOND).unwrap_or(u64::MAX);
    Duration::new(seconds, u32::try_from(nanos % SECOND).unwrap_or(0))
}
