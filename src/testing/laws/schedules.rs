//! [`assert_backoff`] and [`assert_delays`]: all laws of a schedule in one call.

use std::time::Duration;

use super::trials::Trials;
use super::{ends, growth, range, seeds, spread};
use crate::as_policy::Parts;
use crate::bounds::Bounds;
use crate::testing::findings::Report;
use crate::testing::promises::{Check, Contract};
use crate::testing::runs::{OfIterators, OfParts, Subject};

/// Checks that a backoff, or a policy, keeps its contract and the laws that hold for all.
///
/// ```
/// use persevere::testing::{Contract, JitterLaw, assert_backoff};
/// use persevere::{Backoff, BackoffExt, Decision, Failure};
/// use std::time::Duration;
///
/// /// 1 s, 1 s, 5 s, 5 s, 5 s, …
/// struct Stairs;
///
/// impl Backoff for Stairs {
///     fn decide(&self, failure: &Failure) -> Decision {
///         Decision::Retry(Duration::from_secs(if failure.number() <= 2 { 1 } else { 5 }))
///     }
/// }
///
/// let stairs = |number| Duration::from_secs(if number <= 2 { 1 } else { 5 });
/// assert_backoff(&Stairs, &Contract::new().grows(stairs).rises().jitter(JitterLaw::None));
/// assert_backoff(&Stairs.full_jitter().attempts(6), &Contract::new().grows(stairs).jitter(JitterLaw::Full).delays(5));
/// ```
///
/// # Panics
///
/// With the laws that are broken, and the shortest run that breaks each. When the contract is not complete, see
/// [`Contract::jitter`].
#[track_caller]
pub fn assert_backoff<P: Parts>(policy: &P, contract: &Contract) {
    Check::new().backoff(policy, contract).assert();
}

/// Checks that iterators of delays, as other libraries have them, keep their contract and the laws that hold for all.
///
/// `make` is given a seed for each of them; those that take none ignore it.
///
/// ```
/// use persevere::testing::{Contract, JitterLaw, assert_delays};
/// use std::time::Duration;
///
/// let doubling = |_seed| (0..5).map(|power| Duration::from_millis(10 << power));
/// let contract = Contract::new()
///     .grows(|number| Duration::from_millis(10) * 2_u32.pow(number - 1))
///     .jitter(JitterLaw::None)
///     .delays(5);
/// assert_delays(doubling, &contract);
/// ```
///
/// # Panics
///
/// As [`assert_backoff`].
#[track_caller]
pub fn assert_delays<I: IntoIterator<Item = Duration>>(make: impl Fn(u64) -> I, contract: &Contract) {
    Check::new().delays(make, contract).assert();
}

impl Check {
    /// As [`assert_backoff`], as data.
    ///
    /// # Panics
    ///
    /// When the contract is not complete.
    #[track_caller]
    pub fn backoff<P: Parts>(&self, policy: &P, contract: &Contract) -> Report {
        contract.assert_complete();
        all(&OfParts(policy), contract, self, Some(&|| Bounds::of(policy)))
    }

    /// As [`assert_delays`], as data.
    ///
    /// # Panics
    ///
    /// When the contract is not complete.
    #[track_caller]
    pub fn delays<I: IntoIterator<Item = Duration>>(
        &self,
        make: impl Fn(u64) -> I,
        contract: &Contract,
    ) -> Report {
        contract.assert_complete();
        all(&OfIterators { make, is_seeded: contract.seeded }, contract, self, None)
    }
}

/// All laws that hold for every schedule, and those that the contract claims.
fn all(
    subject: &dyn Subject,
    contract: &Contract,
    check: &Check,
    bounds: Option<&dyn Fn() -> Bounds>,
) -> Report {
    let trials = Trials::new(subject, contract, check);
    let mut report = Report::default();
    range::check(&trials, &mut report);
    if trials.panic().is_some() {
        return report; // whatever else is wrong, it is not worth saying
    }
    growth::check(&trials, &mut report);
    ends::check(&trials, bounds, &mut report);
    seeds::check(&trials, &mut report);
    spread::check(&trials, &mut report);
    report
}
