//! The one place where a `Duration` becomes a word of nanoseconds: saturating, never wrapping.

use std::time::Duration;

/// Nanoseconds of `duration`; [`u64::MAX`] (584 years) stands for everything longer.
///
/// In a form that compilers take for the inverse of [`Duration::from_nanos`]: a chain of the two is left with neither
/// division nor multiplication.
#[inline]
pub(crate) const fn of(duration: Duration) -> u64 {
    let seconds = duration.as_secs();
    if seconds >= CENTURIES {
        return of_centuries(duration);
    }
    #[expect(clippy::arithmetic_side_effects, reason = "no more than the largest word, by the line above")]
    {
        seconds * PER_SECOND + duration.subsec_nanos() as u64
    }
}

const PER_SECOND: u64 = 1_000_000_000;

/// The whole seconds in [`u64::MAX`] nanoseconds.
const CENTURIES: u64 = 18_446_744_073;

#[cold]
#[inline(never)]
const fn of_centuries(duration: Duration) -> u64 {
    let nanos = duration.as_nanos();
    if nanos > u64::MAX as u128 {
        return u64::MAX;
    }
    #[expect(clippy::cast_possible_truncation, reason = "checked one line above")]
    {
        nanos as u64
    }
}

/// The part of `nanos` that `word` stands for, taken as the fraction `word / 2⁶⁴`: in `[0, nanos)`, or 0 for 0.
#[inline]
pub(crate) const fn fraction(nanos: u64, word: u64) -> u64 {
    #[expect(clippy::arithmetic_side_effects, reason = "two 64-bit factors fit into 128 bits")]
    let product = nanos as u128 * word as u128;
    (product >> 64) as u64
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn everything_beyond_584_years_is_the_largest_word() {
        assert_eq!(of(Duration::MAX), u64::MAX);
        assert_eq!(of(Duration::from_nanos(u64::MAX)), u64::MAX);
        assert_eq!(of(Duration::from_nanos(u64::MAX - 1)), u64::MAX - 1);
        assert_eq!(of(Duration::from_nanos(u64::MAX - 709_551_616)), u64::MAX - 709_551_616);
        assert_eq!(of(Duration::from_secs(1 << 40)), u64::MAX, "35,000 years");
        assert_eq!(of(Duration::ZERO), 0);
    }

    #[test]
    fn a_fraction_stays_below_the_whole() {
        assert_eq!(fraction(1000, 0), 0);
        assert_eq!(fraction(1000, 1 << 63), 500);
        assert_eq!(fraction(1000, u64::MAX), 999);
        assert_eq!(fraction(u64::MAX, u64::MAX), u64::MAX - 1);
        assert_eq!(fraction(0, u64::MAX), 0);
    }
}
