//! What a shared budget costs when two threads draw from it, beside one thread, and a mutex in its place.

use std::sync::{Arc, Barrier, Mutex};
use std::thread;
use std::time::Instant;

use persevere::{Budget, Kind, Permit, RatioBudget, Stamp, TokenBudget};

use crate::measure::{median, ratio};

const TURNS: u64 = 200_000;

/// One turn: a call that begins, is retried once and succeeds.
fn turn(budget: &impl Budget, millis: i64) {
    let now = Stamp::from_nanos(millis * 1_000_000);
    budget.begin(now);
    budget.withdraw(Kind::Transient, now).expect("as much comes back as is taken").spend();
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

/// Nanoseconds of a turn when so many threads take turns on one budget.
#[expect(clippy::disallowed_methods, reason = "a benchmark measures real time")]
fn nanos(threads: usize, budget: &(impl Budget + Sync)) -> f64 {
    let start = Barrier::new(threads);
    let work = || {
        start.wait();
        let began = Instant::now();
        for index in 0..TURNS {
            turn(budget, i64::try_from(index / 10).expect("a small number"));
        }
        u64::try_from(began.elapsed().as_nanos()).expect("less than 584 years")
    };
    let longest = thread::scope(|scope| {
        let others: Vec<_> = (1..threads).map(|_| scope.spawn(work)).collect();
        let own = work();
        others.into_iter().map(|other| other.join().expect("nothing panics")).fold(own, u64::max)
    });
    ratio(longest, TURNS)
}

fn middle(rounds: usize, measured: impl Fn() -> f64) -> f64 {
    median((0..rounds).map(|_| measured()).collect()).unwrap_or(f64::NAN)
}

pub(crate) fn print(rounds: usize) {
    println!(
        "\nnanoseconds of a call that is retried once, for its budget alone, on so many threads at once"
    );
    println!("  {:<20} {:>7} {:>7}", "", 1, 2);
    let line = |name: &str, measured: &dyn Fn(usize) -> f64| {
        let [one, two] = [1, 2].map(|threads| middle(rounds, || measured(threads)));
        println!("  {name:<20} {one:>7.1} {two:>7.1}");
    };
    let tokens = TokenBudget::new(1_000_000, 1.0).expect("within bounds");
    let ratios = RatioBudget::new(1.0, 10_000).expect("within bounds");
    let locked = Arc::new(Locked(Mutex::new(1_000_000)));
    line("TokenBudget", &|threads| nanos(threads, &tokens));
    line("RatioBudget", &|threads| nanos(threads, &ratios));
    line("a mutex", &|threads| nanos(threads, &locked));
}
