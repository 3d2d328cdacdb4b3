//! [`Refining`]: a policy with another judgement, in part or, as [`Classified`], as a whole.

use crate::as_policy::Parts;
use crate::attempt::Attempt;
use crate::call_rules::CallRules;
use crate::classifier::{Classifier, Refine};
use crate::entropy::Entropy;
use crate::observe::Event;
use crate::verdict::Verdict;

/// A policy of whose judgement one half is changed. Made by [`Retry::when`](crate::Retry::when) and
/// [`Retry::until`](crate::Retry::until).
#[derive(Clone, Copy, Debug)]
pub struct Refining<P, R> {
    policy: P,
    refinement: R,
}

impl<P, R> Refining<P, R> {
    pub(crate) const fn by(policy: P, refinement: R) -> Self {
        Self { policy, refinement }
    }
}

impl<P: Parts, R> Parts for Refining<P, R> {
    type Backoff = P::Backoff;
    /// Its own classifier, so that the one of a shared policy is not copied.
    type Classifier = Self;
    type Budget = P::Budget;

    #[inline]
    fn backoff(&self) -> &P::Backoff {
        self.policy.backoff()
    }

    #[inline]
    fn classifier(&self) -> &Self {
        self
    }

    #[inline]
    fn budget(&self) -> &P::Budget {
        self.policy.budget()
    }

    #[inline]
    fn rules(&self) -> CallRules {
        self.policy.rules()
    }

    #[inline]
    fn entropy(&self, number: u32) -> Entropy {
        self.policy.entropy(number)
    }

    #[inline]
    fn observe(&mut self, event: &Event) {
        self.policy.observe(event);
    }

    #[inline]
    fn start_over(&mut self, attempt: &Attempt) {
        self.policy.start_over(attempt);
    }
}

impl<O: ?Sized, P: Parts, R: Refine<P::Classifier, O>> Classifier<O> for Refining<P, R> {
    #[inline]
    fn classify(&self, outcome: &O) -> Verdict {
        self.refinement.refine(self.policy.classifier(), outcome)
    }
}

/// A policy with another classifier. Made by [`Retry::classify`](crate::Retry::classify).
pub type Classified<P, C> = Refining<P, Instead<C>>;

impl<P, C> Classified<P, C> {
    /// `policy`, judging by `classifier`.
    #[must_use]
    pub const fn new(policy: P, classifier: C) -> Self {
        Self { policy, refinement: Instead(classifier) }
    }
}

/// A classifier that judges instead of the one before.
#[derive(Clone, Copy, Debug)]
pub struct Instead<C>(C);

impl<O: ?Sized, I: ?Sized, C: Classifier<O>> Refine<I, O> for Instead<C> {
    #[inline]
    fn refine(&self, _inner: &I, outcome: &O) -> Verdict {
        self.0.classify(outcome)
    }
}
