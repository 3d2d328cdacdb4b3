//! A policy as what a session consults, however it is held: by value, by reference, by `Arc`.

use std::sync::Arc;

use super::{Policy, Settings};
use crate::as_policy::Parts;
use crate::backoff::Backoff;
use crate::budget::Budget;
use crate::call_rules::CallRules;
use crate::observe::{Event, Observer};

macro_rules! parts_of_a_policy {
    ($([$($life:lifetime)?] $held:ty),*) => {$(
        impl<$($life,)? B: Backoff, C, G: Budget, W: Observer> Parts for $held {
            type Backoff = B;
            type Classifier = C;
            type Budget = G;

            fn backoff(&self) -> &B {
                &self.backoff
            }

            fn classifier(&self) -> &C {
                &self.classifier
            }

            fn budget(&self) -> &G {
                &self.budget
            }

            #[inline]
            fn rules(&self) -> CallRules {
                let Settings { max_hint, hint_spread } = self.settings;
                let rules = CallRules::of(self.backoff.needs());
                CallRules { max_hint, hint_spread, observer: self.observer.clock(), ..rules }
            }

            fn observe(&mut self, event: &Event) {
                self.observer.observe(event);
            }
        }
    )*};
}

parts_of_a_policy!(
    [] Policy<B, C, G, W>,
    ['a] &'a Policy<B, C, G, W>,
    [] Arc<Policy<B, C, G, W>>,
    ['a] &'a Arc<Policy<B, C, G, W>>
);
