//! [`linear`]: each delay is longer than the one before by the same step.

use std::fmt;
use std::time::Duration;

use super::Backoff;
use crate::attempt::Failure;
use crate::decision::Decision;
use crate::nanos;
use crate::needs::Needs;
use crate::rust_code::Code;

/// Delays that grow by the same step, without end: `linear(100 ms)` waits 100 ms, 200 ms, 300 ms, …
///
/// The delay after the n-th failed attempt, counted from 1, is `base + (n − 1) · step`, where the step is the
/// base unless set; it saturates at [`u64::MAX`] nanoseconds (584 years).
///
/// ```
/// use persevere::linear;
/// use std::time::Duration;
///
/// let ms = Duration::from_millis;
/// let gentle = linear(ms(500)).step(ms(100));   // 500 ms, 600 ms, 700 ms, …
/// # let _ = gentle;
/// ```
#[must_use]
#[inline]
pub const fn linear(base: Duration) -> Linear {
    let base = nanos::of(base);
    Linear { base, step: base }
}

/// Delays that grow by the same step. Made by [`linear`].
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Linear {
    base: u64,
    step: u64,
}

impl Linear {
    /// Growth by `step` instead of the base; zero makes the delays constant.
    #[must_use]
    pub const fn step(self, step: Duration) -> Self {
        Self { step: nanos::of(step), ..self }
    }
}

/// The code that makes it.
impl fmt::Display for Linear {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "linear({})", Code::nanos(self.base))?;
        if self.step == self.base { Ok(()) } else { write!(f, ".step({})", Code::nanos(self.step)) }
    }
}

impl Backoff for Linear {
    #[inline]
    fn decide(&self, failure: &Failure) -> Decision {
        let steps = u64::from(failure.number().saturating_sub(1));
        Decision::Retry(Duration::from_nanos(self.base.saturating_add(self.step.saturating_mul(steps))))
    }

    fn needs(&self) -> Needs {
        Needs::NOTHING
    }
}
