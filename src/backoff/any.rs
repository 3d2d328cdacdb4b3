//! [`AnyBackoff`]: a backoff whose type is known at run time.

use std::fmt::{self, Display};
use std::sync::Arc;

use super::{Backoff, BackoffWrapper};

/// A backoff that can be printed and shared.
pub trait Shown: Backoff + Display + Send + Sync {}

impl<B: Backoff + Display + Send + Sync> Shown for B {}

/// A backoff whose type is known at run time: that of a configuration, for one. It prints as the code that makes it; clones share
/// it.
///
/// ```
/// use persevere::{AnyBackoff, BackoffExt, constant, exponential};
/// use std::time::Duration;
///
/// let (quick, ms) = (std::env::args().count() > 9, Duration::from_millis);
/// let backoff = if quick {
///     AnyBackoff::new(constant(ms(5)))
/// } else {
///     AnyBackoff::new(exponential(ms(100)).full_jitter())
/// };
/// let policy = backoff.attempts(4);
/// assert_eq!(policy.to_string(), "exponential(Duration::from_millis(100)).full_jitter().attempts(4)");
/// ```
#[derive(Clone)]
pub struct AnyBackoff(Arc<dyn Shown>);

impl AnyBackoff {
    /// `backoff`, whatever its type.
    #[must_use]
    pub fn new(backoff: impl Backoff + Display + Send + Sync + 'static) -> Self {
        Self(Arc::new(backoff))
    }
}

impl BackoffWrapper for AnyBackoff {
    type Inner = dyn Shown;

    #[inline]
    fn inner(&self) -> &Self::Inner {
        &*self.0
    }
}

impl Display for AnyBackoff {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}

/// The code that makes it, as it is printed.
impl fmt::Debug for AnyBackoff {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}
