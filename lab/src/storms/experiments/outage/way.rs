//! [`Way`]: a policy, and the server that it is for; and what theory says of them.

use std::time::Duration;

use persevere::{AnyBackoff, AnyBudget, BackoffExt, Parts, Policy, RatioBudget, TokenBudget, constant};

use super::super::{at_once, full_jitter, never};
use super::{OUTAGE, PATIENCE, Size};

/// A policy, and the server that it is for.
#[derive(Clone, Debug)]
pub struct Way {
    /// Its name.
    pub name: &'static str,
    pub(super) backoff: AnyBackoff,
    pub(super) budget: AnyBudget,
    /// Whether each client has a budget of its own, instead of one for all.
    pub(super) of_each: bool,
    pub(super) longest_queue: Option<Duration>,
    pub(super) expires: Option<Duration>,
    /// Retries for each call when all fail, once the stocks are spent, and retries each second beside them.
    retries: (f64, f64),
}

/// What should become of an open system.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Fate {
    /// It gets over the outage, after so many seconds or so.
    Recovers(f64),
    /// It does not.
    StaysDown,
    /// A matter of luck.
    Unclear,
}

impl Way {
    fn new(name: &'static str, backoff: AnyBackoff) -> Self {
        let (budget, of_each, retries) = (AnyBudget::Unlimited, false, (0.0, 0.0));
        Self { name, backoff, budget, of_each, longest_queue: None, expires: None, retries }
    }

    fn budget(self, budget: impl Into<AnyBudget>) -> Self {
        Self { budget: budget.into(), ..self }
    }

    fn of_each_client(self, name: &'static str) -> Self {
        Self { name, of_each: true, ..self }
    }

    fn retries(self, of_each_call: f64, per_second: f64) -> Self {
        Self { retries: (of_each_call, per_second), ..self }
    }

    /// What should become of an open system of this size.
    ///
    /// The queue at the end of the outage is what was sent more than served, and all that the stocks have brought; it has to
    /// become shorter than callers wait, by what the server can do more than is sent.
    #[must_use]
    pub fn fate(&self, size: &Size) -> Fate {
        match (self.longest_queue, self.expires) {
            (Some(_), _) => return Fate::Recovers(0.0),
            (_, Some(wait)) if wait < PATIENCE => return Fate::Recovers(0.0),
            // What is served then is done just after its caller has gone.
            (_, Some(_)) => return Fate::Unclear,
            (None, None) => {}
        }
        // What is left of the capacity may be enough.
        match size.load / OUTAGE.left {
            ..0.9 => return Fate::Recovers(0.0),
            0.9..1.1 => return Fate::Unclear,
            _ => {}
        }
        let (sent, capacity) = (self.sent(size), size.capacity());
        if sent >= capacity {
            return Fate::StaysDown;
        }
        let stocks = if self.of_each { f64::from(size.clients) } else { 1.0 };
        let queue =
            (sent - capacity * OUTAGE.left) * (OUTAGE.to - OUTAGE.from) + stocks * stock(&self.budget);
        let longer = queue - capacity * PATIENCE.as_secs_f64();
        Fate::Recovers((longer / (capacity - sent)).max(0.0))
    }
}

impl Way {
    /// Attempts a second when all fail and the stocks are spent.
    fn sent(&self, size: &Size) -> f64 {
        let (of_each_call, per_second) = self.retries;
        size.rate() * (1.0 + of_each_call) + per_second
    }

    /// What the server can do more than is sent to it then, as a part of its capacity; less than 0 if it cannot.
    pub(super) fn spare(&self, size: &Size) -> f64 {
        1.0 - self.sent(size) / size.capacity()
    }
}

/// Retries in stock.
fn stock(budget: &AnyBudget) -> f64 {
    match budget {
        AnyBudget::Ratio(ratio) => f64::from(ratio.capacity()),
        AnyBudget::Tokens(tokens) => f64::from(tokens.capacity()),
        _ => 0.0,
    }
}

/// The policies, in the order of the tables.
#[must_use]
pub fn ways() -> Vec<Way> {
    let mut ways = without_budget();
    ways.extend(with_budget());
    ways.extend(with_budgets_of_clients());
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
    let fixed = AnyBackoff::new(constant(secs(1)).retries(3));
    vec![
        Way::new("no retry", never()),
        Way::new("3 retries at once", at_once(3)).retries(3.0, 0.0),
        Way::new("3 retries, 1 s apart", fixed).retries(3.0, 0.0),
        Way::new("full jitter 0.1 to 10 s", jitter()).retries(3.0, 0.0),
        Way::new("full jitter 5 to 60 s", full_jitter(secs(5), secs(60), 3)).retries(3.0, 0.0),
        Way::new("Policy::default() without its budget", default_backoff()).retries(2.0, 0.0),
    ]
}

fn ratio(ratio: f64, per_second: u32) -> RatioBudget {
    RatioBudget::new(ratio, per_second).expect("a valid budget")
}

/// While nothing succeeds, tokens allow none.
fn default_policy() -> Way {
    let policy = Policy::default();
    Way::new("Policy::default()", default_backoff()).budget(Parts::budget(&policy).clone())
}

fn with_budget() -> [Way; 6] {
    let jittered = |name| Way::new(name, jitter());
    [
        default_policy(),
        Way::new("at once, budget 10 %", at_once(3)).budget(ratio(0.1, 0)).retries(0.1, 0.0),
        jittered("full jitter, budget 10 %").budget(ratio(0.1, 0)).retries(0.1, 0.0),
        jittered("full jitter, RatioBudget::default()").budget(RatioBudget::default()).retries(0.1, 1.0),
        jittered("full jitter, budget 20 % + 10/s").budget(ratio(0.2, 10)).retries(0.2, 10.0),
        jittered("full jitter, TokenBudget::default()").budget(TokenBudget::default()),
    ]
}

fn with_budgets_of_clients() -> [Way; 3] {
    let one = TokenBudget::new(1, 0.1).expect("a valid budget");
    [
        Way::new("", jitter())
            .budget(ratio(0.1, 0))
            .retries(0.1, 0.0)
            .of_each_client("full jitter, budget 10 % of each client"),
        default_policy().of_each_client("Policy::default() of each client"),
        default_policy().budget(one).of_each_client("the same with one token instead of ten"),
    ]
}

/// Servers that protect themselves.
fn with_another_server() -> [Way; 3] {
    let (ms, retries) = (Duration::from_millis, || Way::new("", at_once(3)));
    [
        Way { name: "at once, queue of 0.5 s", longest_queue: Some(ms(500)), ..retries() },
        Way { name: "at once, dropped after 0.9 s", expires: Some(ms(900)), ..retries() },
        Way { name: "at once, dropped after 1 s", expires: Some(ms(1_000)), ..retries() },
    ]
}
