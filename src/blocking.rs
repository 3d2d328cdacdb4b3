//! [`retry`]: the same policies for threads that may block.

use crate::as_policy::Parts;
use crate::budget::Permit;
use crate::classifier::Classifier;
use crate::driver::Driver;
use crate::step::Step;
use crate::timer::Thread;

/// Runs `operation` on this thread until `policy` has had enough, and returns its last outcome, untouched.
///
/// The policy is one for [`persevere::retry`](crate::retry): the same decisions, made by the same session. The
/// thread sleeps between attempts, at least as long as each delay. The clock starts with the call. It runs at once, so what
/// an async call says after `retry(…)` goes around the policy: `policy.when(|error: &Error| …)`, and around one that is shared
/// [`Bounded`](crate::Bounded) (`within`), [`Rationed`](crate::Rationed) (`total_sleep`), [`Classified`](crate::Classified),
/// [`Watched`](crate::Watched) (`on_retry`) and [`Seeded`](crate::Seeded).
///
/// ```
/// use persevere::{BackoffExt, blocking, constant};
/// use std::time::Duration;
///
/// let mut calls = 0;
/// let outcome = blocking::retry(constant(Duration::from_millis(1)).attempts(5), || {
///     calls += 1;
///     if calls < 3 { Err("busy") } else { Ok(calls) }
/// });
/// assert_eq!(outcome, Ok(3));
/// ```
///
/// ```
/// use persevere::{Bounded, Policy, blocking};
/// use std::time::Duration;
///
/// let shared = Policy::default();
/// let soon = Bounded::new(&shared, Duration::from_millis(1));
/// assert_eq!(blocking::retry(soon, || Err::<(), _>("busy")), Err("busy"));
/// ```
pub fn retry<P, O>(policy: P, mut operation: impl FnMut() -> O) -> O
where
    P: Parts,
    P::Classifier: Classifier<O>,
{
    let mut driver = Driver::new(policy, Thread);
    driver.begin();
    loop {
        let started = driver.mark();
        let outcome = operation();
        let verdict = driver.policy().classifier().classify(&outcome);
        match driver.judge(&verdict, started, || Ok(())) {
            (Step::Stop(_), _) => return outcome,
            (Step::Retry(delay, permit), _) => {
                drop(outcome); // held no longer than needed
                Thread::sleep(delay);
                permit.spend();
            }
        }
    }
}
