//! [`polynomial`]: delays that grow as a power of the attempt's number.

use std::time::Duration;

use super::Backoff;
use crate::attempt::Failure;
use crate::decision::Decision;
use crate::nanos;
use crate::needs::Needs;
use crate::rust_code::{Code, prints};

/// Delays that grow as a power of the attempt's number, without end: `polynomial(100 ms, 2)` waits 100 ms,
/// 400 ms, 900 ms, …
///
/// The delay after the n-th failed attempt, counted from 1, is `base · n^degree`; it saturates at [`u64::MAX`]
/// nanoseconds (584 years). Degree 0 is constant, 1 is linear.
#[must_use]
#[inline]
pub const fn polynomial(base: Duration, degree: u32) -> Polynomial {
    Polynomial { base: nanos::of(base), degree }
}

/// Delays that grow as a power of the attempt's number. Made by [`polynomial`].
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Polynomial {
    base: u64,
    degree: u32,
}

prints!(Polynomial: |this| "polynomial({}, {})", Code::nanos(this.base), this.degree);

impl Backoff for Polynomial {
    #[inline]
    fn decide(&self, failure: &Failure) -> Decision {
        let power = u64::from(failure.number()).saturating_pow(self.degree);
        Decision::Retry(Duration::from_nanos(self.base.saturating_mul(power)))
    }

    fn needs(&self) -> Needs {
        Needs::NOTHING
    }
}
