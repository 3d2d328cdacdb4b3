//! A server at 80 % of its capacity that has half of it for ten seconds: which policies bring the system back, and which keep it
//! down for ever.

use std::ops::ControlFlow;
use std::time::Duration;

use persevere::{AnyBackoff, AnyBudget, BackoffExt, Parts, Policy, RatioBudget, TokenBudget, constant};

use super::{at_once, full_jitter, never};
use crate::claim::Claim;
use crate::engine::simulate;
use crate::load::{Load, Rate};
use crate::parallel::bar;
use crate::scenario::Scenario;
use crate::series::Series;
use crate::server::{Fifo, Trigger};
use crate::time::timed;

/// How large the system is, and how long it is looked at.
#[derive(Clone, Copy, Debug)]
pub struct Size {
    /// Clients; the server can do a tenth as many attempts a second.
    pub clients: u32,
    /// Seconds.
    pub seconds: u32,
    /// The seed of all runs.
    pub seed: u64,
}

impl Size {
    /// Attempts a second.
    #[must_use]
    pub fn capacity(&self) -> f64 {
        f64::from(self.clients) / 10.0
    }

    /// Calls a second.
    #[must_use]
    pub fn rate(&self) -> f64 {
        self.capacity() * 0.8
    }
}

/// Half of the capacity, for ten seconds.
pub const OUTAGE: Trigger = Trigger { from: 20.0, to: 30.0, left: 0.5 };

/// Whose budget it is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Shared {
    /// Of all clients together.
    ByAll,
    /// Of each client for itself.
    ByNone,
}

/// A policy, and the server that it is for.
#[derive(Clone, Debug)]
pub struct Way {
    /// Its name.
    pub name: &'static str,
    /// When to retry.
    pub backoff: AnyBackoff,
    budget: AnyBudget,
    shared: Shared,
    longest_queue: Option<Duration>,
    expires: Option<Duration>,
    fate: Fate,
}

/// What should become of an open system.
#[derive(Clone, Copy, Debug, PartialEq)]
enum Fate {
    Recovers,
    /// A matter of luck.
    Unclear,
    /// It gets over the outage if the server can do the calls, so many retries for each of them, and so many each second.
    Below {
        retries: f64,
        per_second: f64,
    },
}

impl Way {
    fn new(name: &'static str, backoff: AnyBackoff) -> Self {
        let (budget, shared) = (AnyBudget::Unlimited, Shared::ByAll);
        let fate = Fate::Recovers;
        Self { name, backoff, budget, shared, longest_queue: None, expires: None, fate }
    }

    fn budget(self, budget: impl Into<AnyBudget>) -> Self {
        Self { budget: budget.into(), ..self }
    }

    fn of_each_client(self) -> Self {
        Self { shared: Shared::ByNone, ..self }
    }

    fn below(self, retries: f64, per_second: f64) -> Self {
        Self { fate: Fate::Below { retries, per_second }, ..self }
    }

    /// Whether an open system of this size should get over the outage; `None` when it is a matter of luck.
    #[must_use]
    pub fn recovers(&self, size: &Size) -> Option<bool> {
        match self.fate {
            Fate::Recovers => Some(true),
            Fate::Unclear => None,
            Fate::Below { retries, per_second } => {
                Some(size.rate() * (1.0 + retries) + per_second < size.capacity())
            }
        }
    }
}

/// The policies, in the order of the tables.
#[must_use]
pub fn ways() -> Vec<Way> {
    let mut ways = without_budget();
    ways.extend(with_budget());
    ways.extend(with_another_server());
    ways
}

/// Doubling from 100 ms up to 10 s, full jitter, 3 retries.
fn jitter() -> AnyBackoff {
    full_jitter(Duration::from_millis(100), Duration::from_secs(10), 3)
}

fn default_backoff() -> AnyBackoff {
    AnyBackoff::new(*Policy::default().backoff())
}

fn without_budget() -> Vec<Way> {
    let secs = Duration::from_secs;
    vec![
        Way::new("no retry", never()),
        Way::new("3 retries at once", at_once(3)).below(3.0, 0.0),
        Way::new("3 retries, 1 s apart", AnyBackoff::new(constant(secs(1)).retries(3))).below(3.0, 0.0),
        Way::new("full jitter 0.1 to 10 s", jitter()).below(3.0, 0.0),
        Way::new("full jitter 5 to 60 s", full_jitter(secs(5), secs(60), 3)).below(3.0, 0.0),
        Way::new("Policy::default() without its budget", default_backoff()).below(2.0, 0.0),
    ]
}

fn with_budget() -> Vec<Way> {
    let ratio = |ratio, per_second| RatioBudget::new(ratio, per_second).expect("a valid budget");
    let default = || {
        let policy = Policy::default();
        Way::new("Policy::default()", default_backoff()).budget(Parts::budget(&policy).clone())
    };
    vec![
        default(),
        Way::new("at once, budget 10 %", at_once(3)).budget(ratio(0.1, 0)).below(0.1, 0.0),
        Way::new("full jitter, budget 10 %", jitter()).budget(ratio(0.1, 0)).below(0.1, 0.0),
        Way::new("full jitter, RatioBudget::default()", jitter())
            .budget(RatioBudget::default())
            .below(0.1, 1.0),
        Way::new("full jitter, budget 20 % + 10/s", jitter()).budget(ratio(0.2, 10)).below(0.2, 10.0),
        Way::new("full jitter, TokenBudget::default()", jitter()).budget(TokenBudget::default()),
        Way::new("full jitter, budget 10 % of each client", jitter()).budget(ratio(0.1, 0)).of_each_client(),
        Way { name: "Policy::default() of each client", ..default().of_each_client() },
    ]
}

/// Servers that protect themselves.
fn with_another_server() -> [Way; 3] {
    let (ms, retries) = (Duration::from_millis, || at_once(3));
    let dropping = |name, wait| Way { expires: Some(ms(wait)), ..Way::new(name, retries()) };
    [
        Way { longest_queue: Some(ms(500)), ..Way::new("at once, queue of 0.5 s", retries()) },
        dropping("at once, dropped after 0.9 s", 900),
        // What is served then is done just after its caller has gone.
        Way { fate: Fate::Unclear, ..dropping("at once, dropped after 1 s", 1_000) },
    ]
}

/// What became of a system.
#[derive(Clone, Debug)]
pub struct Run {
    /// The policy's name.
    pub name: &'static str,
    /// What happened in each second.
    pub series: Series,
    /// Calls that succeed in the last ten seconds, for each that begins.
    pub late_success: f64,
    /// Attempts for each call then.
    pub late_attempts: f64,
    /// Seconds from the end of the outage until 95 % of the calls succeed for five seconds.
    pub recovered: Option<usize>,
    /// The most attempts in a second, for each call that begins in one.
    pub peak: f64,
    /// Seconds that the simulation took.
    pub took: f64,
}

/// One way, in an open or in a closed system.
#[must_use]
pub fn run(size: &Size, way: &Way, is_open: bool) -> Run {
    let rate = size.rate();
    let scenario = Scenario {
        clients: size.clients,
        load: if is_open { Load::Open(Rate::Steady(rate)) } else { Load::Closed(rate) },
        timeout: Duration::from_secs(1),
        network: 0.0,
        lasts: Duration::from_secs(size.seconds.into()),
        drains: false,
    };
    let mut server = Fifo::new(size.capacity(), OUTAGE);
    server.longest = way.longest_queue;
    server.expires = way.expires;
    let number = if way.shared == Shared::ByAll { 1 } else { size.clients };
    let budgets: Vec<_> = (0..number).map(|_| fresh(&way.budget)).collect();
    let bar = bar(way.name, size.seconds);
    let mut watch = |series: &Series| {
        bar.set_position(series.seconds.len() as u64);
        ControlFlow::Continue(())
    };
    let (series, took) = timed(|| simulate(&scenario, server, &way.backoff, &budgets, size.seed, &mut watch));
    bar.finish_and_clear();
    judged(size, way, series, took)
}

fn judged(size: &Size, way: &Way, series: Series, took: f64) -> Run {
    let last = series.seconds.len();
    let late = series.sum(last.saturating_sub(10), last);
    Run {
        name: way.name,
        late_success: late.success(),
        late_attempts: late.amplification(),
        recovered: series.recovers_after(30, 0.95, size.rate()),
        peak: f64::from(series.peak()) / size.rate(),
        took,
        series,
    }
}

/// Another budget with the same rules and a stock of its own.
fn fresh(budget: &AnyBudget) -> AnyBudget {
    match budget {
        AnyBudget::Ratio(ratio) => AnyBudget::Ratio(ratio.filled_as(ratio)),
        AnyBudget::Tokens(tokens) => AnyBudget::Tokens(tokens.filled_as(tokens)),
        _ => AnyBudget::Unlimited,
    }
}

/// Seconds after which a system that is still down counts as lost.
const LONG_ENOUGH: usize = 1_000;

/// What the runs of open systems should show: who gets over the outage. Shorter ones show nothing.
#[must_use]
pub fn claims(runs: &[Run], size: &Size) -> Vec<Claim> {
    let word = |recovers: bool| if recovers { "recovers" } else { "stays down" };
    let claim = |(run, way): (&Run, Way)| {
        let (target, recovers) = (way.recovers(size)?, run.recovered.is_some() && run.late_success > 0.95);
        Some(Claim::equal(format!("outage, {}", run.name), word(target), word(recovers)))
    };
    let is_long = |(run, _): &(&Run, Way)| run.series.seconds.len() >= LONG_ENOUGH;
    runs.iter().zip(ways()).filter(is_long).filter_map(claim).collect()
}
