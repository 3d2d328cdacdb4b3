//! [`assert_classifier`]: what every classifier keeps to.

use std::fmt::Debug;
use std::panic::{AssertUnwindSafe, catch_unwind};

use crate::classifier::Classifier;
use crate::testing::findings::{Finding, Law, Report, message};

const TOTAL: Law = Law::new("Z1", "every outcome gets a verdict");
const CONSTANT: Law = Law::new("Z2", "equal outcomes get equal verdicts, however often they are judged");

/// Checks what every classifier keeps to, on these outcomes: it panics at none, and its verdict is always the same.
///
/// ```
/// use persevere::testing::assert_classifier;
/// use persevere::{Verdict, classify_fn};
///
/// let by_code = classify_fn(|code: &u16| if (200..300).contains(code) { Verdict::Accept } else { Verdict::retry() });
/// assert_classifier(&by_code, 0..=u16::MAX);
/// ```
///
/// # Panics
///
/// With the laws that are broken, and the outcome that breaks each; and when there are no outcomes.
#[track_caller]
pub fn assert_classifier<O: Debug>(classifier: &impl Classifier<O>, outcomes: impl IntoIterator<Item = O>) {
    classifier_laws(classifier, outcomes).assert();
}

/// As [`assert_classifier`], as data.
///
/// # Panics
///
/// When there are no outcomes.
#[track_caller]
pub fn classifier_laws<O: Debug>(
    classifier: &impl Classifier<O>,
    outcomes: impl IntoIterator<Item = O>,
) -> Report {
    let mut report = Report::default();
    for outcome in outcomes {
        let judge = || catch_unwind(AssertUnwindSafe(|| classifier.classify(&outcome)));
        match [judge(), judge(), judge()] {
            [Ok(first), Ok(second), Ok(third)] => {
                report.note(TOTAL, 1, None);
                let other = [second, third].into_iter().find(|verdict| *verdict != first);
                report.note(
                    CONSTANT,
                    1,
                    other.map(|other| {
                        Finding::new(CONSTANT, format!("{outcome:?} is {first:?}, and then {other:?}"))
                    }),
                );
            }
            verdicts => {
                let panic = verdicts.into_iter().find_map(Result::err);
                let said = panic.map(|panic| message(&*panic)).unwrap_or_default();
                report.note(TOTAL, 1, Some(Finding::new(TOTAL, format!("{outcome:?} panics with `{said}`"))));
            }
        }
    }
    assert!(!report.is_clean() || !report.held().is_empty(), "there are no outcomes");
    report
}
