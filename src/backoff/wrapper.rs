//! [`BackoffWrapper`]: a backoff around another one. Pointers are such wrappers.

use std::rc::Rc;
use std::sync::Arc;

use super::Backoff;
use crate::attempt::Failure;
use crate::decision::Decision;
use crate::needs::Needs;

/// A backoff around another one: a cap, a jitter, a limit, a pointer.
///
/// A wrapper says what is [inside](Self::inner), and changes what it is for. Everything else of the inner backoff passes through
/// it, its deadline included: every wrapper is a [`Backoff`].
///
/// ```
/// use persevere::{Backoff, BackoffExt, BackoffWrapper, Clock, Decision, Failure, constant};
/// use std::time::Duration;
///
/// /// Twice the delay of another backoff.
/// struct Doubled<B>(B);
///
/// impl<B: Backoff> BackoffWrapper for Doubled<B> {
///     type Inner = B;
///
///     fn inner(&self) -> &B {
///         &self.0
///     }
///
///     fn decide_around(&self, failure: &Failure) -> Decision {
///         self.0.decide(failure).map(|delay| delay.saturating_mul(2))
///     }
/// }
///
/// let second = Duration::from_secs(1);
/// let backoff = Doubled(constant(second).within(second * 60)).attempts(5);
/// assert_eq!(backoff.needs().clock, Clock::Deadline(second * 60));
/// ```
#[diagnostic::on_unimplemented(message = "`{Self}` is not a backoff around another one")]
pub trait BackoffWrapper {
    /// The type of the backoff inside.
    type Inner: Backoff + ?Sized;

    /// Returns the backoff inside.
    fn inner(&self) -> &Self::Inner;

    /// Decides what follows a failure. By default, that is what the inner backoff decides.
    #[inline]
    fn decide_around(&self, failure: &Failure) -> Decision {
        self.inner().decide(failure)
    }

    /// Changes the needs of the inner backoff. By default, they stay as they are.
    #[inline]
    fn adjust(&self, needs: Needs) -> Needs {
        needs
    }
}

#[diagnostic::do_not_recommend]
impl<W: BackoffWrapper> Backoff for W {
    #[inline(always)]
    fn decide(&self, failure: &Failure) -> Decision {
        self.decide_around(failure)
    }

    #[inline(always)]
    fn needs(&self) -> Needs {
        self.adjust(self.inner().needs())
    }
}

macro_rules! around_what_it_points_to {
    ($($pointer:ty),*) => {$(
        impl<B: Backoff + ?Sized> BackoffWrapper for $pointer {
            type Inner = B;

            #[inline]
            fn inner(&self) -> &B {
                self
            }
        }
    )*};
}

around_what_it_points_to!(&B, Box<B>, Rc<B>, Arc<B>);
