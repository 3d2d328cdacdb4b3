//! [`Step`]: a decision, together with the permit of the budget.

use std::time::Duration;

use crate::as_policy::Parts;
use crate::budget::Budget;
use crate::decision::{Decision, Reason};

/// A decision, together with the budget's permit for the retry: spend it when the attempt starts.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[must_use = "a permit that is dropped goes back to its budget"]
pub enum Step<G> {
    /// Wait this long, then attempt again.
    Retry(Duration, G),
    /// Return the outcome in hand.
    Stop(Reason),
}

impl<G> Step<G> {
    /// The decision alone.
    #[inline]
    pub const fn decision(&self) -> Decision {
        match self {
            Self::Retry(delay, _) => Decision::Retry(*delay),
            Self::Stop(reason) => Decision::Stop(*reason),
        }
    }
}

/// The permit that a session's budget gives for a retry.
pub type PermitOf<P> = <<P as Parts>::Budget as Budget>::Permit;
