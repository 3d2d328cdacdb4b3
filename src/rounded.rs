//! [`Rounded`]: a delay in four bytes.

use std::time::Duration;

use crate::nanos;

/// A delay in four bytes: its nanoseconds as a 32-bit floating point number. It has to live in every sleeping call,
/// where decorrelated growth reads it; and it tells when an attempt has started.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Rounded(u32);

impl Rounded {
    /// No delay.
    pub(crate) const ZERO: Self = Self(0);

    /// As long as can be: for what has not begun.
    pub(crate) const MAX: Self = Self::of(Duration::MAX);

    /// The nearest to `delay`.
    #[inline]
    pub(crate) const fn of(delay: Duration) -> Self {
        #[expect(clippy::cast_precision_loss, reason = "24 bits are what four bytes have room for")]
        let nanos = nanos::of(delay) as f32;
        Self(nanos.to_bits())
    }

    /// The longest that is no longer than `delay`.
    pub(crate) fn down(delay: Duration) -> Self {
        let Self(nearest) = Self::of(delay);
        // Bits of positive floating point numbers are in the order of the numbers.
        Self(if Self(nearest).duration() > delay { nearest.saturating_sub(1) } else { nearest })
    }

    #[inline]
    pub(crate) const fn duration(self) -> Duration {
        #[expect(
            clippy::cast_possible_truncation,
            clippy::cast_sign_loss,
            reason = "a whole number, saturating"
        )]
        Duration::from_nanos(f32::from_bits(self.0) as u64)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Delays around every power of two above 16 ms, and some others.
    fn delays() -> impl Iterator<Item = Duration> {
        let near = |power: u64| [-1, 0, 1].map(|step| power.saturating_add_signed(step));
        let powers = (23..63).flat_map(|bits| [2 << bits, 3 << bits]).flat_map(near);
        powers.chain([1_000_000_007, u64::MAX - 1, u64::MAX]).map(Duration::from_nanos)
    }

    #[test]
    fn nothing_is_longer_than_the_longest() {
        assert_eq!(Rounded::MAX.duration(), Duration::from_nanos(u64::MAX));
        assert_eq!(Rounded::down(Duration::MAX), Rounded::MAX);
    }

    #[test]
    fn a_rounded_delay_is_exact_up_to_16_ms_and_within_60_ns_per_second_above() {
        for nanos in [0, 1, 16_000_000, (1 << 24) - 1, 1 << 24] {
            let delay = Duration::from_nanos(nanos);
            assert_eq!((Rounded::of(delay).duration(), Rounded::down(delay).duration()), (delay, delay));
        }
        for delay in delays() {
            let error = delay.abs_diff(Rounded::of(delay).duration());
            assert!(error.as_secs_f64() <= delay.as_secs_f64() * 6e-8, "{delay:?} is off by {error:?}");
        }
    }

    #[test]
    fn a_delay_that_is_rounded_down_is_never_longer_than_the_real_one() {
        for delay in delays() {
            let lost = delay.checked_sub(Rounded::down(delay).duration()).expect("rounded down");
            assert!(lost.as_secs_f64() <= delay.as_secs_f64() * 1.2e-7, "{delay:?} lost {lost:?}");
        }
    }
}
