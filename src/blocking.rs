//! [`retry`]: the same policies for threads that may block.

use crate::budget::Permit;
use crate::classifier::Classifier;
use crate::parts::Parts;
use crate::session::Session;
use crate::step::Step;
use crate::timer::Thread;

/// Runs `operation` on this thread until `policy` has had enough, and returns its last outcome, untouched.
///
/// The policy is one for [`persevere::retry`](crate::retry): the same decisions, made by the same session. The
/// thread sleeps between attempts, at least as long as each delay. The clock starts with the call. It runs at once, so what
/// an async call says after `retry(…)` goes to the policy: `policy.when(|error: &Error| …)`,
/// [`Seeded`](crate::Seeded), [`Rationed`](crate::Rationed).
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
/// # Panics
///
/// Never by itself; a panic of the operation, or of a part of the policy, comes out of it.
pub fn retry<P, O>(policy: P, mut operation: impl FnMut() -> O) -> O
where
    P: Parts,
    P::Classifier: Classifier<O>,
{
    let mut session = Session::new(policy);
    session.begin_by(Thread::now);
    loop {
        let started = session.mark(|| session.elapsed(Thread::now()));
        let outcome = operation();
        let verdict = session.parts().classifier().classify(&outcome);
        let elapsed = session.elapsed_by(&verdict, started, Thread::now);
        match session.step(elapsed, verdict) {
            Step::Stop(_) => return outcome,
            Step::Retry(delay, permit) => {
                drop(outcome); // held no longer than needed
                Thread::sleep(delay);
                permit.spend();
            }
        }
    }
}
