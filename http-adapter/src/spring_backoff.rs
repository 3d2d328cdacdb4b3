//! [`SpringBackoff`] and [`SpringJitter`]: the delays of Spring Cloud Gateway's filter, to the millisecond.
//!
//! The arithmetic is that of `reactor-extra`'s `Backoff.exponential` and of the gateway's random jitter: the
//! next delay may depend on the previous one after its jitter, which is no pure function of a failure. It
//! lives here and not in the core, and reaches the session as an exact hint.

use std::fmt;
use std::time::Duration;

use persevere::Invalid;

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

/// The delays of one call: how many there were of each kind, and the last one.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct Delays {
    count: u32,
    previous: i128,
}

impl Delays {
    /// The next delay; `word` is the random word that its jitter is drawn with.
    pub(crate) fn next(
        &mut self,
        backoff: SpringBackoff,
        jitter: Option<SpringJitter>,
        word: u64,
    ) -> Duration {
        self.count = self.count.saturating_add(1);
        let grown = backoff.grown(self.count, self.previous);
        self.previous = jitter.map_or(grown, |jitter| jitter.spread(grown, backoff, word));
        duration(self.previous)
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

#[cfg(test)]
mod tests {
    use super::*;

    const LONG_MAX: u64 = i64::MAX.unsigned_abs();

    fn backoff(first: u64, cap: Option<u64>, factor: i32, from_previous: bool) -> SpringBackoff {
        SpringBackoff::new(Duration::from_millis(first), cap.map(Duration::from_millis))
            .expect("valid bounds")
            .factor(factor)
            .based_on_previous_value(from_previous)
    }

    fn delays(backoff: SpringBackoff, count: usize) -> Vec<u128> {
        let mut state = Delays::default();
        (0..count).map(|_| state.next(backoff, None, 0).as_millis()).collect()
    }

    #[test]
    fn the_golden_delays_of_the_original() {
        let both = |first, cap, factor, expected: &[u64]| {
            for from_previous in [false, true] {
                let delays = delays(backoff(first, cap, factor, from_previous), expected.len());
                let expected: Vec<_> = expected.iter().copied().map(u128::from).collect();
                assert_eq!(delays, expected, "exp({first}, {cap:?}, {factor}, {from_previous})");
            }
        };
        both(10, Some(50), 2, &[10, 20, 40, 50, 50, 50, 50, 50]);
        both(5, None, 2, &[5, 10, 20, 40, 80, 160, 320, 640]);
        both(100, None, 2, &[100, 200, 400, 800, 1600, 3200, 6400, 12_800]);
        both(50, Some(100), 2, &[50, 100, 100]);
        both(10, Some(50), 1, &[10, 10, 10]);
        both(10, Some(50), 0, &[10, 10, 10]);
        both(10, Some(1000), 3, &[10, 30, 90, 270, 810, 1000, 1000]);
        both(10, Some(10), 2, &[10, 10]);
        let (hour, million) = (3_600_000, 1_000_000);
        both(hour, None, 1_000_000, &[hour, hour * million, hour * million * million, LONG_MAX, LONG_MAX]);
        assert_eq!(delays(backoff(10, Some(50), -2, false), 8), [10, 10, 40, 10, 50, 50, 50, 50]);
        assert_eq!(delays(backoff(10, Some(50), -2, true), 4), [10, 10, 10, 10]);
    }

    #[test]
    fn the_golden_ranges_of_the_jitter() {
        let words = [0, 1 << 63, u64::MAX];
        let range = |factor: f64, first: u64, cap: u64, delay: u64| {
            let jitter = SpringJitter::new(factor).expect("a valid factor");
            let backoff = backoff(first, Some(cap), 2, true);
            let spread = words.map(|word| jitter.spread(i128::from(delay) * MILLI, backoff, word) / MILLI);
            (spread[0], spread[2])
        };
        for (factor, first, middle, top) in [
            (0.1, (100, 109), (360, 439), (360, 399)),
            (0.29, (100, 127), (288, 511), (288, 399)),
            (0.5, (100, 149), (200, 599), (200, 399)),
            (0.57, (100, 155), (176, 623), (176, 399)),
            (1.0, (100, 199), (100, 799), (100, 399)),
            (0.01, (100, 100), (396, 403), (396, 399)),
            (0.005, (100, 100), (400, 400), (400, 400)),
        ] {
            assert_eq!(range(factor, 100, 1000, 100), first, "first delay, factor {factor}");
            assert_eq!(range(factor, 100, 1000, 400), middle, "in the middle, factor {factor}");
            assert_eq!(range(factor, 100, 400, 400), top, "at the cap, factor {factor}");
        }
        assert_eq!(range(0.5, 1, 1000, 1), (1, 1));
        assert_eq!(range(0.5, 1, 1000, 3), (2, 3));
    }

    #[test]
    fn jittered_delays_feed_the_next_one() {
        let jitter = SpringJitter::new(1.0).ok();
        let backoff = backoff(100, Some(10_000), 2, true);
        let mut state = Delays::default();
        // Always the middle: of [100, 200), then of [100, 600) around 300, then of [100, 1400) around 700.
        let delays = [(); 3].map(|()| state.next(backoff, jitter, 1 << 63).as_millis());
        assert_eq!(delays, [150, 350, 750]);
    }

    #[test]
    fn bounds_are_checked_when_built() {
        let ms = Duration::from_millis;
        for (first, cap, field, value, bound) in [
            (ms(0), None, "backoff.firstBackoff", "0ns", "firstBackoff must be > 0"),
            (ms(20), Some(ms(10)), "backoff.maxBackoff", "10ms", "maxBackoff must be >= firstBackoff"),
            (
                ms(20),
                Some(ms(LONG_MAX)),
                "backoff.maxBackoff",
                "9223372036854775.807s",
                "maxBackoff must be less than Long.MAX_VALUE milliseconds",
            ),
        ] {
            let error = SpringBackoff::new(first, cap).expect_err("out of bounds");
            assert_eq!((error.field(), error.value(), error.bound()), (field, value, bound));
        }
        assert!(SpringBackoff::new(ms(20), Some(ms(20))).is_ok());
        for factor in [-0.1, 1.1, f64::NAN, f64::INFINITY] {
            let error = SpringJitter::new(factor).expect_err("out of bounds");
            assert_eq!(error.field(), "jitter.randomFactor");
            assert_eq!(error.bound(), "random factor must be between 0 and 1 (default 0.5)");
        }
    }

    #[test]
    fn a_delay_never_leaves_first_and_cap() {
        for first in [1, 7, 1000, LONG_MAX - 1] {
            for factor in [i32::MIN, -1, 0, 1, 2, i32::MAX] {
                for from_previous in [false, true] {
                    let backoff = backoff(first, None, factor, from_previous);
                    for word in [0, u64::MAX] {
                        let mut state = Delays::default();
                        for _ in 0..71 {
                            let delay = state.next(backoff, SpringJitter::new(1.0).ok(), word).as_millis();
                            assert!(delay >= first.into() && delay <= LONG_MAX.into(), "{delay}");
                        }
                    }
                }
            }
        }
    }
}
