//! [`fibonacci`]: each delay is the sum of the two before.

use std::time::Duration;

use super::Backoff;
use crate::attempt::Failure;
use crate::decision::Decision;
use crate::nanos;
use crate::needs::Needs;
use crate::rust_code::{Code, prints};

/// Each delay is the sum of the two before, without end: `fibonacci(100 ms)` waits 100 ms, 100 ms, 200 ms,
/// 300 ms, 500 ms, 800 ms, …
///
/// The delay after the n-th failed attempt, counted from 1, is `base · Fₙ` with F₁ = F₂ = 1: a growth of 1.62
/// for each attempt in the long run. It saturates at [`u64::MAX`] nanoseconds (584 years).
#[must_use]
#[inline]
pub const fn fibonacci(base: Duration) -> Fibonacci {
    Fibonacci { base: nanos::of(base) }
}

/// Each delay is the sum of the two before. Made by [`fibonacci`].
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Fibonacci {
    base: u64,
}

prints!(Fibonacci: |this| "fibonacci({})", Code::nanos(this.base));

impl Backoff for Fibonacci {
    #[inline]
    fn decide(&self, failure: &Failure) -> Decision {
        Decision::Retry(Duration::from_nanos(self.base.saturating_mul(number(failure.number()))))
    }

    fn needs(&self) -> Needs {
        Needs::NOTHING
    }
}

/// The n-th Fibonacci number, counted from 1; the 94th and all after it saturate.
fn number(n: u32) -> u64 {
    let (mut this, mut next) = (1_u64, 1_u64);
    for _ in 1..n.min(94) {
        (this, next) = (next, this.saturating_add(next));
    }
    this
}

#[cfg(test)]
mod tests {
    use super::number;

    #[test]
    fn the_numbers_saturate_at_the_94th() {
        assert_eq!([1, 2, 3, 4, 5, 6, 7, 8].map(number), [1, 1, 2, 3, 5, 8, 13, 21]);
        assert_eq!(number(93), 12_200_160_415_121_876_738);
        assert_eq!([94, 95, u32::MAX].map(number), [u64::MAX; 3]);
    }
}
