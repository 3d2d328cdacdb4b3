//! [`Rounded`]: a delay in four bytes.

use std::time::Duration;

use crate::nanos;

/// A delay in four bytes, rounded down: 8 bits of exponent, 24 of mantissa. It has to live in every sleeping
/// call, where decorrelated growth reads it; and it tells when an attempt has started.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Rounded(u32);

impl Rounded {
    /// No delay.
    pub(crate) const ZERO: Self = Self(0);

    /// As long as can be: for what has not begun.
    pub(crate) const MAX: Self = Self(((u64::BITS - Self::MANTISSA + 1) << Self::MANTISSA) - 1);

    const MANTISSA: u32 = 24;

    #[inline]
    pub(crate) const fn of(delay: Duration) -> Self {
        let nanos = nanos::of(delay);
        let exponent = (u64::BITS - Self::MANTISSA).saturating_sub(nanos.leading_zeros());
        #[expect(clippy::cast_possible_truncation, reason = "the exponent leaves 24 bits")]
        let mantissa = (nanos >> exponent) as u32;
        Self(exponent << Self::MANTISSA | mantissa)
    }

    #[inline]
    pub(crate) const fn duration(self) -> Duration {
        let mantissa = self.0 & ((1 << Self::MANTISSA) - 1);
        Duration::from_nanos((mantissa as u64) << (self.0 >> Self::MANTISSA))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_longest_is_that_of_584_years() {
        assert_eq!(Rounded::MAX.0, Rounded::of(Duration::MAX).0);
    }

    #[test]
    fn a_rounded_delay_is_exact_below_16_ms_and_never_longer_than_the_real_one() {
        for nanos in [0, 1, (1 << 24) - 1, 1 << 24] {
            assert_eq!(Rounded::of(Duration::from_nanos(nanos)).duration(), Duration::from_nanos(nanos));
        }
        for nanos in [(1 << 24) + 1, 1_000_000_007, u64::MAX - 1, u64::MAX] {
            let (real, rounded) = (Duration::from_nanos(nanos), Rounded::of(Duration::from_nanos(nanos)));
            let lost = real.checked_sub(rounded.duration()).expect("rounded down");
            assert!(lost.as_secs_f64() <= real.as_secs_f64() * 1.2e-7, "{real:?} lost {lost:?}");
        }
    }
}
