//! A policy as what a session consults, however it is held: by value, by reference, by `Arc`.

use std::sync::Arc;
use std::time::Duration;

use super::Policy;
use crate::as_policy::Parts;
use crate::backoff::Backoff;
use crate::budget::Budget;
use crate::clock::Clock;
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

            fn max_hint(&self) -> Duration {
                self.settings.max_hint
            }

            fn hint_spread(&self) -> Duration {
                self.settings.hint_spread
            }

            fn observer_clock(&self) -> Clock {
                self.observer.clock()
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
