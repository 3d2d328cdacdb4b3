//! What a shared budget costs when two threads draw from it, beside one thread, and a mutex in its place.

use std::sync::{Barrier, Mutex};
use std::thread;
use std::time::Instant;

use measure::{median, ratio};
use persevere::{Budget, Kind, Permit, RatioBudget, Stamp, TokenBudget};

const CALLS: u64 = 200_000;

/// What a call does with its budget: it begins, is retried so often, and succeeds.
fn call(budget: &impl Budget, retries: u32, now: Stamp) {
    budget.begin(now);
    for _ in 0..retries {
        budget.withdraw(Kind::Transient, now).expect("as much comes back as is taken").spend();
    }
    budget.succeed();
}

/// The token budget that one would write with a lock.
struct Locked(Mutex<u64>);

impl Budget for Locked {
    type Permit = ();

    fn succeed(&self) {
        let mut tokens = self.0.lock().expect("nobody panics with it");
        *tokens = (*tokens + 1_000).min(1_000_000);
    }

    fn withdraw(&self, _kind: Kind, _now: Stamp) -> Option<()> {
        let mut tokens = self.0.lock().expect("nobody panics with it");
        *tokens = tokens.checked_sub(1_000)?;
        Some(())
    }
}

/// Nanoseconds of a call when so many threads share a budget.
#[expect(clippy::disallowed_methods, reason = "a benchmark measures real time")]
fn nanos(budget: &(impl Budget + Sync), retries: u32, threads: usize) -> f64 {
    let start = Barrier::new(threads);
    let work = || {
        start.wait();
        let began = Instant::now();
        for index in 0..CALLS {
            // Ten thousand calls a second.
            let millis = i64::try_from(index / 10).expect("a small number");
            call(budget, retries, Stamp::from_nanos(millis * 1_000_000));
        }
        u64::try_from(began.elapsed().as_nanos()).expect("less than 584 years")
    };
    let longest = thread::scope(|scope| {
        let others: Vec<_> = (1..threads).map(|_| scope.spawn(work)).collect();
        let own = work();
        others.into_iter().map(|other| other.join().expect("nothing panics")).fold(own, u64::max)
    });
    ratio(longest, CALLS)
}

/// A budget, with its figures for calls that succeed at once and for calls that are retried once.
fn line(name: &str, rounds: usize, budget: &(impl Budget + Sync)) {
    let middle = |retries, threads| {
        median((0..rounds).map(|_| nanos(budget, retries, threads)).collect()).unwrap_or(f64::NAN)
    };
    let [one, two, retried_one, retried_two] =
        [(0, 1), (0, 2), (1, 1), (1, 2)].map(|(retries, threads)| middle(retries, threads));
    println!("  {name:<20} {one:>9.1} {two:>9.1} {retried_one:>9.1} {retried_two:>9.1}");
}

pub(crate) fn print(rounds: usize) {
    println!("\nnanoseconds that a call spends on its budget, for 0 or 1 retries on 1 or 2 threads at once");
    println!("  {:<20} {:>9} {:>9} {:>9} {:>9}", "", "0, 1", "0, 2", "1, 1", "1, 2");
    line("TokenBudget", rounds, &TokenBudget::new(1_000_000, 1.0).expect("within bounds"));
    line("RatioBudget", rounds, &RatioBudget::new(1.0, 10_000).expect("within bounds"));
    line("a mutex", rounds, &Locked(Mutex::new(1_000_000)));
}
