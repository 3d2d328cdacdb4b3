//! [`Ledger`]: what has become of each request, on both sides of the gateway.

use std::collections::{BTreeMap, HashMap};
use std::fmt;
use std::sync::{Mutex, PoisonError};
use std::time::Duration;

use http::Method;

use super::fault::Fault;
use super::plan::{Plan, Planned};

/// The largest body, in bytes, that is certainly kept for another attempt.
const KEPT: usize = 16 * 1024;

/// An outcome that must not occur.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Wrong {
    /// A POST was run twice.
    Duplicated,
    /// A part of a response passed for the whole.
    Truncated,
    /// A response does not belong to its request.
    OtherBytes,
    /// A client got neither a response nor an error in time.
    Lost,
    /// A connection ended before a byte of the response.
    Unanswered,
    /// A part of a request passed for the whole.
    Shortened,
    /// A request was sent more often than its filter allows.
    TooOften,
    /// The gateway has panicked or ended.
    Broken,
}

/// One attempt, as the server saw it.
#[derive(Clone, Copy, Debug)]
struct Attempt {
    fault: Option<Fault>,
    has_run: bool,
}

impl fmt::Display for Attempt {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let run = if self.has_run { "run" } else { "not run" };
        match self.fault {
            Some(fault) => write!(f, "{fault:?}, {run}"),
            None => write!(f, "good, {run}"),
        }
    }
}

/// The record of each request, on both sides of the gateway.
#[derive(Debug)]
pub(crate) struct Ledger {
    pub(crate) plan: Plan,
    /// Attempts that a request may have.
    most: usize,
    kept: Mutex<Kept>,
}

#[derive(Debug, Default)]
struct Kept {
    attempts: HashMap<u64, Vec<Attempt>>,
    faults: BTreeMap<String, u64>,
    ends: BTreeMap<String, u64>,
    times: Vec<Duration>,
    /// Errors of the gateway's own, by the last attempt.
    failed: BTreeMap<String, u64>,
    wrongs: BTreeMap<Wrong, Vec<(u64, String)>>,
}

impl Ledger {
    pub(crate) fn new(plan: Plan, most: usize) -> Self {
        Self { plan, most, kept: Mutex::default() }
    }

    fn kept(&self) -> std::sync::MutexGuard<'_, Kept> {
        self.kept.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Records that an attempt has reached the server.
    ///
    /// Returns the number of the attempt, counted from 1, and the fault that the plan has for it.
    pub(crate) fn attempt(&self, id: u64) -> (u64, Option<Fault>) {
        let mut kept = self.kept();
        let attempts = kept.attempts.entry(id).or_default();
        let number = attempts.len() as u64 + 1;
        let fault = self.plan.fault(id, number);
        attempts.push(Attempt { fault, has_run: false });
        let is_too_often = attempts.len() > self.most;
        if let Some(fault) = fault {
            *kept.faults.entry(format!("{fault:?}")).or_default() += 1;
        }
        drop(kept);
        if is_too_often {
            self.wrong(Wrong::TooOften, id, format!("attempt {number} of {}", self.most));
        }
        (number, fault)
    }

    /// Records that the server has read a whole request, and runs it.
    pub(crate) fn run(&self, id: u64, number: u64) {
        let mut kept = self.kept();
        let index = usize::try_from(number).unwrap_or(usize::MAX).saturating_sub(1);
        if let Some(attempt) = kept.attempts.get_mut(&id).and_then(|attempts| attempts.get_mut(index)) {
            attempt.has_run = true;
        }
        let runs = kept.attempts.get(&id).map_or(0, |all| all.iter().filter(|one| one.has_run).count());
        drop(kept);
        if runs > 1 && self.plan.request(id).method == Method::POST {
            self.wrong(Wrong::Duplicated, id, format!("run {runs} times"));
        }
    }

    /// Records that a request has ended for its client, and the time it took.
    pub(crate) fn ended(&self, how: String, took: Duration) {
        let mut kept = self.kept();
        *kept.ends.entry(how).or_default() += 1;
        kept.times.push(took);
    }

    /// Records that the gateway has answered a request with an error of its own.
    ///
    /// Only the errors of interest are counted: the request could be sent again, or nothing was wrong with its last attempt.
    pub(crate) fn failed(&self, request: &Planned, status: u16) {
        let mut kept = self.kept();
        let attempts = kept.attempts.get(&request.id).map_or(&[][..], Vec::as_slice);
        let last = attempts.last();
        let is_post = request.method == Method::POST;
        let is_unprocessed = |attempt: &Attempt| attempt.fault.is_some_and(Fault::is_unprocessed);
        let is_repeatable =
            request.size < KEPT && (!is_post || !request.spring && last.is_some_and(is_unprocessed));
        if is_repeatable && attempts.len() < self.most || last.is_none_or(|last| last.fault.is_none()) {
            let last = last.map_or_else(|| "no attempt".to_owned(), Attempt::to_string);
            let kind = match (is_repeatable, is_post) {
                (true, true) => "POST that was not processed",
                (true, false) => "idempotent",
                (false, true) => "POST",
                (false, false) => "large",
            };
            *kept.failed.entry(format!("{status}, {kind}, {last}")).or_default() += 1;
        }
    }

    /// Records an outcome that must not occur.
    pub(crate) fn wrong(&self, what: Wrong, id: u64, detail: String) {
        self.kept().wrongs.entry(what).or_default().push((id, detail));
    }

    /// Requests whose end is known.
    pub(crate) fn requests(&self) -> usize {
        self.kept().times.len()
    }

    /// Prints all of it; true if nothing is wrong.
    pub(crate) fn report(&self) -> bool {
        let mut kept = self.kept();
        kept.times.sort_unstable();
        let at = |part: usize| kept.times.get(kept.times.len() * part / 100).copied().unwrap_or_default();
        let (median, slow) = (at(50), at(99));
        let attempts: usize = kept.attempts.values().map(Vec::len).sum();
        println!("{} requests, {attempts} attempts", kept.times.len());
        println!("p50 {median:.1?}, p99 {slow:.1?}");
        println!("how they ended:");
        for (how, count) in &kept.ends {
            println!("  {count:>8}  {how}");
        }
        println!("{} faults of {} kinds:", kept.faults.values().sum::<u64>(), kept.faults.len());
        for (fault, count) in &kept.faults {
            println!("  {count:>8}  {fault}");
        }
        println!("errors of the gateway for what could be sent again, or for good attempts:");
        for (fault, count) in &kept.failed {
            println!("  {count:>8}  {fault}");
        }
        let count = |wrong| kept.wrongs.get(&wrong).map_or(0, Vec::len);
        let [duplicated, truncated, other, lost, unanswered, shortened, often, broken] = [
            Wrong::Duplicated,
            Wrong::Truncated,
            Wrong::OtherBytes,
            Wrong::Lost,
            Wrong::Unanswered,
            Wrong::Shortened,
            Wrong::TooOften,
            Wrong::Broken,
        ]
        .map(count);
        println!(
            "POST run twice: {duplicated}; truncated but complete: {truncated}; other bytes: {other}; lost: {lost};"
        );
        println!(
            "unanswered: {unanswered}; requests shortened: {shortened}; sent too often: {often}; broken: {broken}"
        );
        for (wrong, cases) in &kept.wrongs {
            for (id, detail) in cases.iter().take(12) {
                let request = self.plan.request(*id);
                let attempts = kept.attempts.get(id).into_iter().flatten();
                let attempts: Vec<_> = attempts.map(Attempt::to_string).collect();
                println!("{wrong:?}: {request:?}: {detail}; attempts {attempts:?}");
            }
        }
        kept.wrongs.is_empty()
    }
}
