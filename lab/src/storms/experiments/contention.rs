//! Clients that contend for one row: what jitter does for them.
//!
//! The model of M. Brooker's article "Exponential Backoff And Jitter" (AWS Architecture Blog, 2015) and its simulator,
//! `aws-samples/aws-arch-backoff-simulator`: each client reads the version of a row and writes it if nobody else did meanwhile, or
//! else backs off and reads again. It is over when each has succeeded once. A message takes |N(10, 2)| ms each way.

use std::time::Duration;

use persevere::{
    AnyBackoff, BackoffExt, Session, Step, Unlimited, Verdict, constant, decorrelated, exponential,
};

use crate::simulation::caller::{Caller, World};
use crate::simulation::dice::Dice;
use crate::simulation::parallel::parallel;
use crate::simulation::time::{Nanos, nanos, of, seconds};
use crate::simulation::wheel::Wheel;
use crate::storms::claim::{Claim, Tolerance};

/// The ways of backing off, in the order of the tables.
pub const KINDS: [&str; 5] = ["exponential", "decorrelated", "equal jitter", "full jitter", "none"];

/// The backoffs of [`KINDS`]: 5 ms, doubled with each failure, the first included, up to 2 s.
#[must_use]
pub fn backoffs() -> [AnyBackoff; 5] {
    let (ms, cap) = (Duration::from_millis, Duration::from_secs(2));
    let growth = exponential(ms(10)).capped(cap);
    [
        AnyBackoff::new(growth),
        // AWS draws first and cuts off then.
        AnyBackoff::new(decorrelated(ms(5), Duration::MAX).capped(cap)),
        AnyBackoff::new(growth.equal_jitter()),
        AnyBackoff::new(growth.full_jitter()),
        AnyBackoff::new(constant(Duration::ZERO)),
    ]
}

/// One trial.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Trial {
    /// Milliseconds until the last client has succeeded.
    pub time: f64,
    /// Writes that were tried.
    pub writes: u32,
}

/// What a message to the server asks for.
#[derive(Clone, Copy, Debug)]
enum Message {
    Read { client: u32 },
    Write { client: u32, version: u32 },
}

/// So many clients that contend for the row.
#[must_use]
pub fn trial(clients: u32, backoff: &AnyBackoff, seed: u64) -> Trial {
    let world = World::new(backoff, &[Unlimited], clients, seed);
    let (mut dice, mut messages) = (Dice::seeded(seed), Wheel::new(f64::from(clients) * 50.0, 4.0));
    let mut hops = |number| (0..number).map(|_| nanos(dice.folded_normal(0.010, 0.002))).sum::<Nanos>();
    let caller = |client| Session::new(Caller { world: &world, call: client, client });
    let mut calls: Vec<_> = (0..clients).map(caller).collect();
    (0..clients).for_each(|client| messages.push(hops(1), Message::Read { client }));
    let (mut version, mut writes, mut last) = (0, 0, 0);
    while let Some((now, message)) = messages.pop() {
        match message {
            Message::Read { client } => messages.push(now + hops(2), Message::Write { client, version }),
            Message::Write { client, version: read } => {
                writes += 1;
                let told = now + hops(1);
                last = told.max(last);
                if read == version {
                    version += 1;
                    continue;
                }
                let call = &mut calls[client as usize];
                let Step::Retry(delay, ()) = call.step(Duration::from_nanos(told), Verdict::retry()) else {
                    unreachable!("nothing limits them")
                };
                messages.push(told + of(delay) + hops(1), Message::Read { client });
            }
        }
    }
    Trial { time: seconds(last) * 1e3, writes }
}

/// The means over many trials, with the standard errors.
#[derive(Clone, Copy, Debug)]
pub struct Cell {
    /// Milliseconds until the last client has succeeded.
    pub time: Mean,
    /// Writes that were tried.
    pub writes: Mean,
}

/// A mean, and its standard error.
#[derive(Clone, Copy, Debug)]
pub struct Mean {
    /// The mean.
    pub mean: f64,
    /// Its standard error.
    pub error: f64,
}

fn mean(values: impl Iterator<Item = f64> + Clone) -> Mean {
    let number = values.clone().map(|_| 1.0).sum::<f64>();
    let mean = values.clone().sum::<f64>() / number;
    let variance = values.map(|value| (value - mean).powi(2)).sum::<f64>() / (number - 1.0);
    Mean { mean, error: (variance / number).sqrt() }
}

/// Each way of backing off, with so many clients.
#[must_use]
pub fn row(clients: u32, trials: u32, seed: u64) -> [Cell; 5] {
    let backoffs = backoffs();
    let mut cells = backoffs.iter().zip(KINDS).map(|(backoff, kind)| {
        let run = |index| trial(clients, backoff, seed.wrapping_add(u64::from(index)));
        let trials = parallel(&format!("{clients} clients, {kind}"), trials, run);
        Cell {
            time: mean(trials.iter().map(|trial| trial.time)),
            writes: mean(trials.iter().map(|trial| f64::from(trial.writes))),
        }
    });
    [(); 5].map(|()| cells.next().expect("five"))
}

/// Milliseconds and writes of another implementation of the same model, over 1,000 trials.
pub const TARGETS: [(u32, [(f64, f64); 5]); 3] = [
    (10, [(3506.0, 50.93), (431.2, 37.61), (726.0, 42.45), (460.9, 38.92), (377.9, 50.63)]),
    (50, [(36436.0, 623.4), (2227.0, 374.6), (4254.0, 347.1), (2893.0, 332.5), (1141.0, 690.5)]),
    (100, [(63460.0, 1856.0), (4602.0, 999.9), (6612.0, 811.9), (4896.0, 796.1), (2027.0, 2420.0)]),
];

/// The rows that have a target, over so many trials.
#[must_use]
pub fn rows(trials: u32, seed: u64) -> Vec<(u32, [Cell; 5])> {
    TARGETS.iter().map(|(clients, _)| (*clients, row(*clients, trials, seed))).collect()
}

/// From 10 to 190 clients, as in the article's pictures.
#[must_use]
pub fn curve(trials: u32, seed: u64) -> Vec<(u32, [Cell; 5])> {
    (1..20).map(|tens| (tens * 10, row(tens * 10, trials, seed))).collect()
}

/// What the rows should show: the figures of 1,000 trials, time to 6 % and writes to 2 %, which is 3.5 standard errors or more;
/// and what holds for every seed.
#[must_use]
pub fn claims(rows: &[(u32, [Cell; 5])]) -> Vec<Claim> {
    let mut claims = Vec::new();
    for (clients, cells) in rows {
        let targets = TARGETS.iter().filter(|(known, _)| known == clients).flat_map(|(_, targets)| targets);
        for ((cell, (time, writes)), kind) in cells.iter().zip(targets).zip(KINDS) {
            let near = |of: &str, target, ours: Mean, part, digits| {
                let what = format!("{clients} clients, {kind}: {of}");
                Claim::near(what, target, ours.mean, Tolerance::Relative(part), digits)
            };
            claims.push(near("milliseconds", *time, cell.time, 0.06, 0));
            claims.push(near("writes", *writes, cell.writes, 0.02, 1));
        }
        claims.extend(orders(*clients, cells));
    }
    claims
}

/// What holds for every seed.
#[must_use]
pub fn orders(clients: u32, cells: &[Cell; 5]) -> Vec<Claim> {
    let [exponential, decorrelated, equal, full, none] = cells;
    let mut claims = vec![
        Claim::that(
            format!("{clients} clients: no backoff takes the least time"),
            "the least",
            format!("{:.0} ms", none.time.mean),
            [exponential, decorrelated, equal, full].iter().all(|cell| cell.time.mean > none.time.mean),
        ),
        Claim::that(
            format!("{clients} clients: full jitter is sooner than equal jitter"),
            "< 1",
            format!("{:.2}", full.time.mean / equal.time.mean),
            full.time.mean < equal.time.mean,
        ),
    ];
    claims.extend(crowded(clients, cells));
    claims
}

/// What holds for every seed in larger crowds.
fn crowded(clients: u32, cells: &[Cell; 5]) -> Vec<Claim> {
    let [exponential, decorrelated, equal, full, none] = cells;
    let mut claims = Vec::new();
    if clients >= 50 {
        claims.push(Claim::that(
            format!("{clients} clients: no backoff makes the most writes"),
            "the most",
            format!("{:.0}", none.writes.mean),
            [exponential, decorrelated, equal, full].iter().all(|cell| cell.writes.mean < none.writes.mean),
        ));
        let times = exponential.time.mean / full.time.mean;
        claims.push(Claim::that(
            format!("{clients} clients: without jitter, backoff takes so many times as long"),
            "8 to 15",
            format!("{times:.1}"),
            (8.0..=15.0).contains(&times),
        ));
    }
    if clients >= 100 {
        let more = (decorrelated.writes.mean / full.writes.mean - 1.0) * 100.0;
        claims.push(Claim::that(
            format!("{clients} clients: decorrelated jitter makes so many more writes than full"),
            "25 to 37 %",
            format!("{more:.0} %"),
            (25.0..=37.0).contains(&more),
        ));
    }
    claims
}
