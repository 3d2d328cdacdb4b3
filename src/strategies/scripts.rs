//! Attempts for scripts.

use std::fmt::Debug;
use std::time::Duration;

use proptest::prelude::*;

/// Attempts for a [`Script`](crate::testing::Script) or a [`Model`](crate::testing::Model): how long each takes, and how it ends. At
/// most so many fail, and then one succeeds.
///
/// ```
/// use persevere::strategies;
/// use persevere::testing::{Script, VirtualTime};
/// use persevere::{BackoffExt, Retry, constant};
/// use proptest::prelude::*;
/// use std::time::Duration;
///
/// proptest! {
///     # #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::with_cases(64) })]
///     # /*
///     #[test]
///     # */
///     fn all_failures_are_survived(attempts in strategies::attempts(0..9_u8, "busy|late", 5)) {
///         let time = VirtualTime::new();
///         let script = Script::of(&time, attempts.clone());
///         let policy = constant(Duration::from_millis(10)).attempts(6);
///         let outcome = time.run(Retry::new(policy, script.operation(), time.clone()));
///         prop_assert_eq!(&outcome, &attempts.last().expect("the one that succeeds").1);
///     }
/// }
/// # all_failures_are_survived();
/// ```
pub fn attempts<T: Debug, E: Debug>(
    value: impl Strategy<Value = T>,
    error: impl Strategy<Value = E>,
    most: usize,
) -> impl Strategy<Value = Vec<(Duration, Result<T, E>)>> {
    let takes = || (0_u64..100).prop_map(Duration::from_millis);
    let failures = prop::collection::vec((takes(), error.prop_map(Err)), 0..=most);
    (failures, (takes(), value.prop_map(Ok))).prop_map(|(mut attempts, last)| {
        attempts.push(last);
        attempts
    })
}
