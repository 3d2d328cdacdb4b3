//! [`With`]: a policy with a [`CallSetting`] of a single call. [`Refining`]: a policy with another judgement.
//!
//! Each setting is a file of this folder, except for the limits, which stand with their rules, and for the notes of a report.

mod judgement;
mod listener;
mod seed;

use crate::as_policy::Parts;
use crate::attempt::Attempt;
use crate::call_rules::CallRules;
use crate::entropy::Entropy;
use crate::observe::Event;

pub use self::judgement::{Classified, Instead, Refining};
pub use self::listener::{Listener, Watched};
pub use self::seed::{Seed, Seeded};

/// A setting of a single call, put around a policy by [`With`].
///
/// Nothing is required: a setting changes what it is for, and [`With`] passes on the rest of the policy.
///
/// ```
/// use persevere::{CallSetting, Decision, Event, Parts, Policy, Session, Verdict, With};
/// use std::time::Duration;
///
/// /// Counts the retries of a call.
/// struct Count(u32);
///
/// impl CallSetting for Count {
///     fn observe(&mut self, event: &Event) {
///         if let Decision::Retry(_) = event.decision {
///             self.0 += 1;
///         }
///     }
/// }
///
/// let policy = Policy::default();
/// let mut session = Session::new(With::of(&policy, Count(0)));
/// let _ = session.step(Duration::ZERO, Verdict::retry());
/// assert_eq!(session.parts().setting().0, 1);
/// ```
pub trait CallSetting {
    /// Changes the rules of the policy. By default, they stay as they are.
    #[inline]
    fn rules(&self, rules: CallRules) -> CallRules {
        rules
    }

    /// Returns what the samples of the failure of attempt `number` come from. By default, the policy says so.
    #[inline]
    fn entropy(&self, number: u32, policy: &impl Parts) -> Entropy {
        policy.entropy(number)
    }

    /// Takes note of a decision, after the observer of the policy. Does nothing by default.
    #[inline]
    fn observe(&mut self, event: &Event) {
        let _ = event;
    }

    /// Forgets what adds up over a call, because the call starts over. Does nothing by default.
    ///
    /// The call starts over with the failure of `attempt`.
    #[inline]
    fn start_over(&mut self, attempt: &Attempt) {
        let _ = attempt;
    }
}

/// A policy with a setting of a single call.
///
/// The setting changes what it is for, and the policy says everything else. A setting may take notes, so make one for each call.
#[derive(Clone, Copy, Debug)]
pub struct With<P, S> {
    policy: P,
    setting: S,
}

impl<P, S> With<P, S> {
    /// `policy` with a setting.
    #[must_use]
    pub const fn of(policy: P, setting: S) -> Self {
        Self { policy, setting }
    }

    /// Returns the setting, for one that takes notes.
    #[must_use]
    pub const fn setting(&self) -> &S {
        &self.setting
    }
}

impl<P: Parts, S: CallSetting> Parts for With<P, S> {
    type Backoff = P::Backoff;
    type Classifier = P::Classifier;
    type Budget = P::Budget;

    #[inline]
    fn backoff(&self) -> &P::Backoff {
        self.policy.backoff()
    }

    #[inline]
    fn classifier(&self) -> &P::Classifier {
        self.policy.classifier()
    }

    #[inline]
    fn budget(&self) -> &P::Budget {
        self.policy.budget()
    }

    #[inline]
    fn rules(&self) -> CallRules {
        self.setting.rules(self.policy.rules())
    }

    #[inline]
    fn entropy(&self, number: u32) -> Entropy {
        self.setting.entropy(number, &self.policy)
    }

    #[inline]
    fn observe(&mut self, event: &Event) {
        self.policy.observe(event);
        self.setting.observe(event);
    }

    #[inline]
    fn start_over(&mut self, attempt: &Attempt) {
        self.policy.start_over(attempt);
        self.setting.start_over(attempt);
    }
}
