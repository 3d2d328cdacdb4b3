//! [`exponential`]: each delay is a multiple of the one before.

use std::fmt;
use std::time::Duration;

use super::Backoff;
use crate::attempt::Failure;
use crate::decision::Decision;
use crate::error::Invalid;
use crate::nanos;
use crate::needs::Needs;
use crate::rust_code::Code;

/// Doubling delays, without end: `exponential(100 ms)` waits 100 ms, 200 ms, 400 ms, 800 ms, …
///
/// The delay after the n-th failed attempt, counted from 1, is `base · 2ⁿ⁻¹`, exact to the nanosecond until it
/// saturates at [`u64::MAX`] nanoseconds (584 years). Limit it with
/// [`capped`](crate::BackoffExt::capped), [`attempts`](crate::BackoffExt::attempts) or
/// [`within`](crate::BackoffExt::within). A base of zero gives zero for ever.
#[must_use]
#[inline]
pub const fn exponential(base: Duration) -> Exponential {
    Exponential { base: nanos::of(base), growth: Growth::Double }
}

/// Delays that grow by a constant factor. Made by [`exponential`].
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Exponential {
    base: u64,
    growth: Growth,
}

/// How the delays grow. Doubling is a shift, so it is kept apart from the general factor.
#[derive(Clone, Copy, Debug, PartialEq)]
enum Growth {
    Double,
    /// At least 1, exact in integers.
    Whole(u64),
    /// Finite, at least 1 and no whole number below 2⁵³.
    Factor(f64),
}

impl Exponential {
    /// Growth by `factor` instead of 2: the n-th delay is `base · factorⁿ⁻¹`.
    ///
    /// Whole factors below 2⁵³ are computed in integers: each delay is exactly the factor times the one before,
    /// until it saturates. Other factors are computed in 64-bit floating point, with a relative error of at most
    /// 2⁻⁵² for each attempt, and rounded to the nearest nanosecond; the same on every platform.
    ///
    /// ```
    /// use persevere::exponential;
    /// use std::time::Duration;
    ///
    /// let tripling = exponential(Duration::from_secs(1)).factor(3.0)?;   // 1 s, 3 s, 9 s, 27 s, …
    /// let error = exponential(Duration::from_secs(1)).factor(0.5).unwrap_err();
    /// assert_eq!(error.to_string(), "`factor` is 0.5: must be finite and at least 1");
    /// # let _ = tripling;
    /// # Ok::<(), persevere::Invalid>(())
    /// ```
    ///
    /// # Errors
    ///
    /// [`Invalid`] unless `factor` is finite and at least 1.
    pub fn factor(self, factor: f64) -> Result<Self, Invalid> {
        if !(factor.is_finite() && factor >= 1.0) {
            return Err(Invalid::new("factor", factor, "must be finite and at least 1"));
        }
        Ok(Self { growth: Growth::by(factor), ..self })
    }

    /// The delay after the n-th failed attempt.
    #[inline(always)]
    fn delay(self, number: u32) -> u64 {
        let steps = number.saturating_sub(1);
        match self.growth {
            Growth::Double => doubled(self.base, steps),
            Growth::Whole(factor) => powered(self.base, factor, steps),
            Growth::Factor(factor) => multiplied(self.base, factor, steps),
        }
    }
}

impl Growth {
    fn by(factor: f64) -> Self {
        const EXACT: f64 = 9_007_199_254_740_992.0; // 2⁵³: below it, whole numbers are exact
        let is_whole = factor.fract() == 0.0 && factor < EXACT;
        #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "whole, from 1 to 2⁵³")]
        match factor as u64 {
            2 if is_whole => Self::Double,
            whole if is_whole => Self::Whole(whole),
            _ => Self::Factor(factor),
        }
    }
}

/// `base · 2^steps`, saturating.
#[inline]
fn doubled(base: u64, steps: u32) -> u64 {
    match base.checked_shl(steps) {
        Some(delay) if delay.wrapping_shr(steps) == base => delay,
        _ if base == 0 => 0,
        _ => u64::MAX,
    }
}

/// `base · factor^steps`, saturating.
#[inline(never)]
fn powered(base: u64, factor: u64, steps: u32) -> u64 {
    base.saturating_mul(factor.saturating_pow(steps))
}

/// `base · factor^steps`, rounded to the nearest nanosecond, saturating.
#[inline(never)]
fn multiplied(base: u64, factor: f64, steps: u32) -> u64 {
    if base == 0 || steps == 0 {
        return base; // 0 · ∞ is not a number, and the base itself is exact
    }
    #[expect(clippy::cast_precision_loss, reason = "bases above 104 days are rounded, as documented")]
    let product = base as f64 * power(factor, steps);
    #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "casts of floats saturate")]
    {
        product.round() as u64
    }
}

/// `factor^exponent` by repeated squaring: the standard library's own power may differ between platforms.
fn power(factor: f64, mut exponent: u32) -> f64 {
    let (mut square, mut power) = (factor, 1.0);
    while exponent > 0 {
        if exponent & 1 == 1 {
            power *= square;
        }
        square *= square;
        exponent >>= 1;
    }
    power
}

/// The code that makes it.
impl fmt::Display for Exponential {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "exponential({})", Code::nanos(self.base))?;
        match self.growth {
            Growth::Double => Ok(()),
            Growth::Whole(factor) => write!(f, ".factor({factor}.0)?"),
            Growth::Factor(factor) => write!(f, ".factor({factor:?})?"),
        }
    }
}

impl Backoff for Exponential {
    #[inline(always)]
    fn decide(&self, failure: &Failure) -> Decision {
        Decision::Retry(Duration::from_nanos(self.delay(failure.number())))
    }

    fn needs(&self) -> Needs {
        Needs::NOTHING
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn doubling_saturates_and_stays_saturated() {
        for (base, number, expected) in [
            (1, 1, 1),
            (1, 64, 1 << 63),
            (1, 65, u64::MAX),
            (3, 63, 3 << 62),
            (3, 64, u64::MAX),
            (u64::MAX, 1, u64::MAX),
            (u64::MAX, 2, u64::MAX),
            (1, u32::MAX, u64::MAX),
            (0, 1, 0),
            (0, 64, 0),
            (0, u32::MAX, 0),
        ] {
            let delay = Exponential { base, growth: Growth::Double }.delay(number);
            assert_eq!(delay, expected, "{base} ns, attempt {number}");
        }
    }

    #[test]
    fn any_factor_starts_at_the_base_and_saturates() {
        for (base, factor, number, expected) in [
            (u64::MAX - 1, 1.0, 1, u64::MAX - 1),
            (1_000, 3.0, 5, 81_000),
            (1_000, 1.5, 4, 3_375),
            (1_000_000_000, 1.7, 4, 4_913_000_000),
            (1, 1.5, 2, 2),
            (1_000, 1.0, u32::MAX, 1_000),
            (1_000, f64::MAX, 3, u64::MAX),
            (1_000, 1.5, u32::MAX, u64::MAX),
            (1_000, 2.5, 3, 6_250),
            (1_000, 2.0, 3, 4_000),
            (u64::MAX - 1, 1.5, 1, u64::MAX - 1),
            (3, 3.0, 40, 12_157_665_459_056_928_801),
            (3, 3.0, 41, u64::MAX),
            (1, 9_007_199_254_740_992.0, 2, 1 << 53),
            (0, f64::MAX, u32::MAX, 0),
        ] {
            let delay = Exponential { base, growth: Growth::by(factor) }.delay(number);
            assert_eq!(delay, expected, "{base} ns × {factor}, attempt {number}");
        }
    }

    #[test]
    fn a_factor_must_be_finite_and_at_least_one() {
        for factor in [f64::NAN, f64::INFINITY, f64::NEG_INFINITY, -2.0, 0.0, 0.999] {
            let error = exponential(Duration::from_secs(1)).factor(factor).unwrap_err();
            assert_eq!(error.field(), "factor");
            assert_eq!(error.value(), factor.to_string());
        }
        assert!(exponential(Duration::from_secs(1)).factor(1.0).is_ok());
    }
}
