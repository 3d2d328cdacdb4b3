//! [`Parts`]: what a session consults, however it is held.

use crate::attempt::Attempt;
use crate::backoff::Backoff;
use crate::budget::{Budget, Unlimited};
use crate::call_rules::CallRules;
use crate::classifier::AnyError;
use crate::entropy::Entropy;
use crate::observe::Event;

/// What a session consults: anything that can be handed to [`retry`](crate::retry) as its policy.
///
/// Implemented for every [`Backoff`], for [`Policy`](crate::Policy), `&Policy` and `Arc<Policy>`, and for what
/// the methods of [`Retry`](crate::Retry) wrap around one of these for a single call. To wrap a policy yourself, put a
/// [`CallSetting`](crate::CallSetting) around it: it passes on everything that it does not change.
#[diagnostic::on_unimplemented(
    message = "`{Self}` is neither a backoff nor a policy",
    label = "expected a backoff, a `Policy`, `&Policy` or `Arc<Policy>`",
    note = "a backoff starts with `exponential(base)`, `constant(delay)` or `sequence(delays)`"
)]
pub trait Parts {
    /// Decides how long to wait, or that it is enough.
    type Backoff: Backoff + ?Sized;
    /// Judges the outcomes.
    type Classifier: ?Sized;
    /// Says whether there may be another retry among all calls.
    type Budget: Budget;

    /// Decides how long to wait, or that it is enough.
    fn backoff(&self) -> &Self::Backoff;

    /// Judges the outcomes.
    fn classifier(&self) -> &Self::Classifier;

    /// Says whether there may be another retry among all calls.
    fn budget(&self) -> &Self::Budget;

    /// The plain values that the session decides by: what the backoff needs, and the defaults.
    #[inline]
    fn rules(&self) -> CallRules {
        CallRules::of(self.backoff().needs())
    }

    /// What the samples of the failure of attempt `number` come from. A fresh random word by default.
    fn entropy(&self, number: u32) -> Entropy {
        let _ = number;
        Entropy::fresh()
    }

    /// Tells the observer. Nobody listens by default.
    fn observe(&mut self, event: &Event) {
        let _ = event;
    }

    /// The call starts over with the failure of `attempt`, for what counts or adds up over a call. Nothing does by
    /// default.
    fn start_over(&mut self, attempt: &Attempt) {
        let _ = attempt;
    }
}

/// A bare backoff is a policy that retries [every error](AnyError).
impl<B: Backoff> Parts for B {
    type Backoff = B;
    type Classifier = AnyError;
    type Budget = Unlimited;

    fn backoff(&self) -> &B {
        self
    }

    fn classifier(&self) -> &AnyError {
        &AnyError
    }

    fn budget(&self) -> &Unlimited {
        &Unlimited
    }
}
