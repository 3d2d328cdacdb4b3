//! [`assert_budget`]: what every budget keeps to.

use std::sync::Barrier;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use crate::budget::{Budget, Permit};
use crate::clock::Stamp;
use crate::testing::findings::{Finding, Law, Report};
use crate::verdict::Kind;

const BOUNDED: Law = Law::new("K2", "a budget has an end, however often it is asked");
const COMES_BACK: Law = Law::new("K1", "a permit that is dropped comes back, and one that is spent does not")
    .mostly("a `Permit` that gives nothing back when it is dropped, or takes nothing until it is spent");
const THREADS: Law = Law::new("K3", "threads together get no more than there is, as far as a race shows it");
const EARNED: Law = Law::new("K4", "calls and successes earn what they should, for any fraction of a retry")
    .mostly("fractions that are lost, or something earned that `Earnings` does not claim");
const AMPLIFIES: Law = Law::new("K5", "retries are no more than the stock and what the calls have earned");
const BACKWARDS: Law = Law::new("K6", "a clock that goes backwards, by less than a minute, earns nothing");

/// Retries after which a budget counts as none.
const ENDLESS: u32 = 2_000_000;

/// What a budget promises to earn, in retries. Nothing unless it is said.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
#[must_use]
pub struct Earnings {
    per_call: f64,
    per_success: f64,
}

impl Earnings {
    /// None.
    pub const fn none() -> Self {
        Self { per_call: 0.0, per_success: 0.0 }
    }

    /// So much of a retry for each call that begins.
    pub const fn per_call(self, retries: f64) -> Self {
        Self { per_call: retries, ..self }
    }

    /// So much of a retry for each call that succeeds.
    pub const fn per_success(self, retries: f64) -> Self {
        Self { per_success: retries, ..self }
    }
}

/// Checks what every budget keeps to, and that it earns what it should. `make` makes a budget with its stock as at the start;
/// retries after a [transient](Kind::Transient) failure have to cost one each.
///
/// ```
/// use persevere::testing::{Earnings, assert_budget};
/// use persevere::{RatioBudget, TokenBudget};
///
/// assert_budget(TokenBudget::default, Earnings::none().per_success(0.1));
/// assert_budget(RatioBudget::default, Earnings::none().per_call(0.1));
/// ```
///
/// # Panics
///
/// With the laws that are broken.
#[track_caller]
pub fn assert_budget<G: Budget + Sync>(make: impl Fn() -> G, earnings: Earnings) {
    budget_laws(make, earnings).assert();
}

/// As [`assert_budget`], as data.
pub fn budget_laws<G: Budget + Sync>(make: impl Fn() -> G, earnings: Earnings) -> Report {
    let mut report = Report::default();
    let mut note = |law, what: Option<String>| report.note(law, 1, what.map(|what| Finding::new(law, what)));
    let stock = spend_all(&make());
    let endless = (stock >= ENDLESS).then(|| format!("{ENDLESS} retries were granted, and it went on"));
    note(BOUNDED, endless);
    if stock < ENDLESS {
        note(COMES_BACK, comes_back(&make(), stock));
        note(THREADS, threads(&make, stock));
        note(EARNED, earned(&make, stock, earnings));
        note(AMPLIFIES, amplifies(&make(), stock, earnings));
        note(BACKWARDS, backwards(&make(), earnings));
    }
    report
}

/// The time of all that happens at once: no second brings anything.
const NOW: Stamp = Stamp::from_nanos(1_000_000_000_000_000);

fn withdraw<G: Budget>(budget: &G) -> Option<G::Permit> {
    budget.withdraw(Kind::Transient, NOW)
}

/// Retries that are granted one after the other.
fn spend_all<G: Budget>(budget: &G) -> u32 {
    let mut granted = 0_u32;
    while granted < ENDLESS {
        let Some(permit) = withdraw(budget) else { break };
        permit.spend();
        granted = granted.saturating_add(1);
    }
    granted
}

fn comes_back<G: Budget>(budget: &G, stock: u32) -> Option<String> {
    let held: Vec<_> = std::iter::from_fn(|| withdraw(budget)).take(4_000_000).collect();
    let number = u32::try_from(held.len()).unwrap_or(u32::MAX);
    drop(held);
    let again = spend_all(budget);
    if (number, again) != (stock, stock) {
        return Some(format!(
            "{stock} are in stock; {number} were held, and {again} came when those were dropped"
        ));
    }
    withdraw(budget).map(|_| format!("one more was granted after all {stock} were spent"))
}

/// Budgets that threads draw on together: a race is a matter of luck.
const RACES: u32 = 50;

fn threads<G: Budget + Sync>(make: &impl Fn() -> G, stock: u32) -> Option<String> {
    for _ in 0..RACES {
        let (budget, granted, start) = (make(), AtomicU64::new(0), Barrier::new(4));
        std::thread::scope(|scope| {
            for _ in 0..4 {
                scope.spawn(|| {
                    start.wait();
                    while let Some(permit) = withdraw(&budget) {
                        permit.spend();
                        granted.fetch_add(1, Ordering::Relaxed);
                    }
                });
            }
        });
        let granted = granted.into_inner();
        if granted != u64::from(stock) {
            return Some(format!("{stock} are in stock, and four threads got {granted}"));
        }
        if stock > 10_000 {
            break; // a large stock is a long race
        }
    }
    None
}

/// So many calls begin, or succeed, when nothing is left; what they earn is all that there is then.
fn earned<G: Budget>(make: &impl Fn() -> G, stock: u32, earnings: Earnings) -> Option<String> {
    for calls in [1_u32, 7, 10, 99] {
        let begin: fn(&G) = |budget| budget.begin(NOW);
        let succeed: fn(&G) = |budget| budget.succeed();
        for (each, what, happens) in
            [(earnings.per_call, "calls", begin), (earnings.per_success, "successes", succeed)]
        {
            let budget = make();
            spend_all(&budget);
            (0..calls).for_each(|_| happens(&budget));
            let (granted, due) = (f64::from(spend_all(&budget)), f64::from(calls) * each);
            let least = (due + 1e-9).floor().min(f64::from(stock));
            if granted < least || granted > due + 1e-9 {
                return Some(format!(
                    "{calls} {what} at {each} each earn {due:.1} retries, and {granted} were granted"
                ));
            }
        }
    }
    None
}

/// A thousand calls that all fail, each with three retries if it gets them.
fn amplifies<G: Budget>(budget: &G, stock: u32, earnings: Earnings) -> Option<String> {
    let (calls, mut retries) = (1_000_u32, 0_u32);
    for _ in 0..calls {
        budget.begin(NOW);
        for _ in 0..3 {
            let Some(permit) = withdraw(budget) else { break };
            permit.spend();
            retries = retries.saturating_add(1);
        }
    }
    let most = f64::from(stock) + f64::from(calls) * earnings.per_call;
    (f64::from(retries) > most + 1e-9).then(|| {
        format!(
            "{calls} calls made {retries} retries, more than {most:.0}: the stock, and {} for each",
            earnings.per_call
        )
    })
}

fn backwards<G: Budget>(budget: &G, earnings: Earnings) -> Option<String> {
    spend_all(budget);
    let (mut granted, mut due) = (0.0, 0.0);
    for back in [Duration::from_millis(1), Duration::from_secs(1), Duration::from_secs(59)] {
        budget.begin(NOW.before(back));
        due += earnings.per_call;
        for (at, when) in [(NOW.before(back), "at that time"), (NOW, "when it was back")] {
            granted += f64::from(u8::from(budget.withdraw(Kind::Transient, at).map(Permit::spend).is_some()));
            if granted > due + 1e-9 {
                return Some(format!(
                    "nothing was left, the clock went back by {back:?}, and one more was granted {when}"
                ));
            }
        }
    }
    None
}
