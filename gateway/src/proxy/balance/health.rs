//! [`Health`]: whether an instance rests after failures in a row.

use std::sync::atomic::{AtomicBool, AtomicU32, AtomicU64, Ordering};
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use persevere::{Attempt, Backoff, BackoffExt, Failure, exponential, random_word};

use crate::time::millis;

/// Failures in a row after which an instance rests. If it cannot be reached, one is enough.
pub(crate) const FAILURES: u32 = 3;

/// The first rest. Each rest that follows without a success is twice as long, up to [`LONGEST`].
pub(crate) const SHORTEST: Duration = Duration::from_secs(1);

/// The longest rest, also for an instance that asks for more by `Retry-After`.
pub(crate) const LONGEST: Duration = Duration::from_secs(30);

/// The random part of a rest, so that several gateways do not return to an instance at once.
const JITTER: f64 = 0.2;

/// The time for which a probing request keeps other requests away from an instance.
const PROBE: Duration = Duration::from_secs(1);

/// The health of an instance: awake until failures in a row make it rest. Times are milliseconds of one clock, above 0.
///
/// After a rest, one request probes the instance: its success wakes the instance, and its failure begins a longer rest.
#[derive(Debug, Default)]
pub(crate) struct Health {
    /// The end of the rest or of the running probe; 0 while the instance is awake.
    until: AtomicU64,
    /// In a row, while the instance is awake. Written under the lock.
    failures: AtomicU32,
    /// Rests that have begun. Written under the lock.
    rests: AtomicU32,
    /// The last failure was that no connection could be opened.
    is_unreachable: AtomicBool,
    trouble: Mutex<Trouble>,
}

/// The rests in a row.
#[derive(Debug, Default)]
struct Trouble {
    rests: u32,
    /// The beginning of the first rest.
    since: u64,
}

/// The use that can be made of an instance, the best first.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Condition {
    Awake,
    /// Its rest is over, and one request may probe it.
    Rested,
    Resting,
    /// It rests after a failure to connect.
    Unreachable,
}

/// The role of a request that uses an instance, which decides what its outcome means.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Role {
    /// An ordinary request. Its outcome does not count if a rest has begun meanwhile.
    Usual { rests: u32 },
    /// The probe after a rest.
    Probe { until: u64 },
    /// All instances rest, so this one is used nevertheless.
    Needed,
}

/// A failure for which an instance is to blame.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct Fault {
    /// No connection could be opened.
    pub(crate) is_unreachable: bool,
    /// The wait that the instance asks for.
    pub(crate) asked: Option<Duration>,
}

impl Health {
    pub(crate) fn condition(&self, now: u64) -> Condition {
        match self.until.load(Ordering::Acquire) {
            0 => Condition::Awake,
            until if until <= now => Condition::Rested,
            _ if self.is_unreachable.load(Ordering::Acquire) => Condition::Unreachable,
            _ => Condition::Resting,
        }
    }

    /// Returns true from the beginning of a rest until the next success.
    pub(crate) fn is_resting(&self) -> bool {
        self.until.load(Ordering::Acquire) != 0
    }

    /// Begins to use the instance. Returns `None` if it rests, or if another request probes it.
    pub(crate) fn enter(&self, now: u64) -> Option<Role> {
        let rests = self.rests.load(Ordering::Acquire);
        let until = self.until.load(Ordering::Acquire);
        if until == 0 {
            return Some(Role::Usual { rests });
        }
        let probe = now.saturating_add(millis(PROBE));
        let is_mine = until <= now
            && self.until.compare_exchange(until, probe, Ordering::AcqRel, Ordering::Acquire).is_ok();
        is_mine.then_some(Role::Probe { until: probe })
    }

    /// Counts a success. Returns how long the instance has rested if this success wakes it.
    pub(crate) fn succeeded(&self, role: Role, now: u64) -> Option<Duration> {
        if self.failures.load(Ordering::Acquire) == 0 && !self.is_resting() {
            return None;
        }
        let mut trouble = self.trouble();
        if self.is_outdated(role) {
            return None;
        }
        self.failures.store(0, Ordering::Release);
        let rested = self.until.swap(0, Ordering::AcqRel) != 0;
        let since = std::mem::take(&mut *trouble).since;
        rested.then(|| Duration::from_millis(now.saturating_sub(since)))
    }

    /// Counts a failure of the instance. Returns the length of the rest if one begins.
    pub(crate) fn failed(&self, role: Role, fault: Fault, now: u64) -> Option<Duration> {
        let mut trouble = self.trouble();
        match role {
            Role::Usual { .. } if self.is_outdated(role) => return None,
            Role::Usual { .. } => {
                let failures = self.failures.load(Ordering::Acquire).saturating_add(1);
                self.failures.store(failures, Ordering::Release);
                if failures < FAILURES && !fault.is_unreachable {
                    return None;
                }
            }
            // Another probe has begun since, and decides.
            Role::Probe { until } if self.until.load(Ordering::Acquire) != until => return None,
            Role::Probe { .. } => {}
            Role::Needed => {
                self.is_unreachable.store(fault.is_unreachable, Ordering::Release);
                return None;
            }
        }
        Some(self.rest(&mut trouble, fault, now))
    }

    /// Ends the use of the instance without an outcome.
    pub(crate) fn left(&self, role: Role, now: u64) {
        if let Role::Probe { until } = role {
            // Another request may probe now. An error means that another probe has begun already.
            let _ = self.until.compare_exchange(until, now.max(1), Ordering::AcqRel, Ordering::Acquire);
        }
    }

    fn rest(&self, trouble: &mut Trouble, fault: Fault, now: u64) -> Duration {
        if trouble.rests == 0 {
            trouble.since = now;
        }
        trouble.rests = trouble.rests.saturating_add(1);
        self.is_unreachable.store(fault.is_unreachable, Ordering::Release);
        let rest = rest(trouble.rests).max(fault.asked.unwrap_or_default().min(LONGEST));
        self.failures.store(0, Ordering::Release);
        self.rests.fetch_add(1, Ordering::AcqRel);
        self.until.store(now.saturating_add(millis(rest)).max(1), Ordering::Release);
        rest
    }

    /// Returns true if a rest has begun after the request.
    fn is_outdated(&self, role: Role) -> bool {
        matches!(role, Role::Usual { rests } if rests != self.rests.load(Ordering::Acquire))
    }

    fn trouble(&self) -> MutexGuard<'_, Trouble> {
        self.trouble.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// The length of the n-th rest in a row, counted from 1.
fn rest(number: u32) -> Duration {
    let growing = exponential(SHORTEST).capped(LONGEST).proportional_jitter(JITTER);
    let failure = Failure::new(Attempt::new(number), random_word());
    growing.ok().and_then(|growing| growing.decide(&failure).delay()).unwrap_or(SHORTEST)
}
