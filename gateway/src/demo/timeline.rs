//! [`Timeline`]: what happened to one request, drawn in a line.

use std::fmt::Write as _;
use std::sync::{Mutex, PoisonError};
use std::time::Duration;

use http::StatusCode;
use persevere::Event;

use crate::proxy::{Closed, Cut, Outcome, Tried, Watch};

/// What happened to the request that is under way: the demonstration sends one at a time.
#[derive(Debug, Default)]
pub(crate) struct Timeline(Mutex<Vec<Step>>);

/// An attempt or a wait.
#[derive(Debug)]
pub(crate) enum Step {
    Attempt { number: u32, outcome: String, is_good: bool },
    Wait(Duration),
}

/// Milliseconds for which one dot of a wait stands.
pub(crate) const DOT: u128 = 5;

/// Dots of one wait at most: four attempts fit into 80 columns.
const DOTS: u128 = 10;

impl Timeline {
    pub(crate) fn take(&self) -> Vec<Step> {
        std::mem::take(&mut *self.0.lock().unwrap_or_else(PoisonError::into_inner))
    }

    fn add(&self, step: Step) {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).push(step);
    }
}

/// Draws the steps: `1:502 ..12 ms.. 2:200`; outcomes in colours if asked for.
pub(crate) fn drawn(steps: &[Step], in_colours: bool) -> String {
    let mut line = String::new();
    for step in steps {
        let separator = if line.is_empty() { "" } else { " " };
        let _ = match step {
            Step::Attempt { number, outcome, .. } if !in_colours => {
                write!(line, "{separator}{number}:{outcome}")
            }
            Step::Attempt { number, outcome, is_good } => {
                let colour = if *is_good { 32 } else { 31 };
                write!(line, "{separator}{number}:\x1b[{colour}m{outcome}\x1b[0m")
            }
            Step::Wait(delay) => {
                let dots = delay.as_millis().div_ceil(DOT).clamp(1, DOTS);
                let dots = ".".repeat(usize::try_from(dots).unwrap_or(1));
                write!(line, "{separator}{dots} {} ms", delay.as_millis())
            }
        };
    }
    line
}

impl Watch for Timeline {
    fn tried(&self, attempt: &Tried<'_>) {
        let (outcome, is_good) = match &attempt.outcome {
            Outcome::Response(status) => (status.as_str().to_owned(), status.as_u16() < 400),
            Outcome::Failure(kind, _) => ((*kind).replace('_', " "), false),
        };
        self.add(Step::Attempt { number: attempt.number, outcome, is_good });
    }

    fn decided(&self, _route: &str, event: &Event) {
        if let Some(delay) = event.decision.delay() {
            self.add(Step::Wait(delay));
        }
    }

    fn answered(&self, _route: Option<&str>, _status: StatusCode, _took: Duration) {}

    fn abandoned(&self, _took: Duration) {}

    fn cut(&self, _cut: &Cut<'_>) {}

    fn closed(&self, _closed: &Closed<'_>) {}
}
