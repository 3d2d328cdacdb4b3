//! Laws of the other parts of a policy: budgets, timers and classifiers.

mod budget;
mod classifier;
mod timer;

pub use self::budget::{Earnings, assert_budget, budget_laws};
pub use self::classifier::{assert_classifier, classifier_laws};
pub use self::timer::{assert_timer, timer_laws};
