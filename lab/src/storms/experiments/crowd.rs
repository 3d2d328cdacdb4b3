//! A thousand clients that lose the same server at the same time: when they come back.

use std::time::Duration;

use persevere::{
    AnyBackoff, BackoffExt, Session, Step, Unlimited, Verdict, constant, decorrelated, exponential,
};

use crate::simulation::caller::{Caller, World};
use crate::simulation::dice::Dice;

/// How many clients there are.
pub const CLIENTS: u32 = 1_000;

/// How long they are looked at.
pub const LASTS: Duration = Duration::from_secs(10);

/// When the clients come back.
#[derive(Clone, Debug)]
pub struct Crowd {
    /// How they back off.
    pub name: &'static str,
    /// The times of all retries of each client.
    pub retries: Vec<Vec<Duration>>,
}

impl Crowd {
    /// How many retries there are in each such part of the time.
    #[must_use]
    pub fn histogram(&self, part: Duration) -> Vec<u32> {
        let place = |time: Duration| usize::try_from(time.as_nanos() / part.as_nanos()).expect("a few");
        let mut counts = vec![0; place(LASTS)];
        for time in self.retries.iter().flatten() {
            counts[place(*time)] += 1;
        }
        counts
    }
}

/// The ways of backing off: 200 ms, doubled with each failure up to 5 s.
fn backoffs() -> [(&'static str, AnyBackoff); 5] {
    let (ms, cap) = (Duration::from_millis, Duration::from_secs(5));
    let growth = exponential(ms(200)).capped(cap);
    [
        ("constant, 1 s", AnyBackoff::new(constant(ms(1_000)))),
        ("exponential", AnyBackoff::new(growth)),
        ("equal jitter", AnyBackoff::new(growth.equal_jitter())),
        ("full jitter", AnyBackoff::new(growth.full_jitter())),
        ("decorrelated", AnyBackoff::new(decorrelated(ms(200), cap))),
    ]
}

/// When a thousand clients come back to a server that stays away, for each way of backing off; all of them have lost it at
/// zero, give or take 20 ms.
#[must_use]
pub fn crowds(seed: u64) -> Vec<Crowd> {
    let of = |(name, backoff): (_, AnyBackoff)| Crowd { name, retries: retries(&backoff, seed) };
    let mut crowds: Vec<_> = backoffs().into_iter().map(of).collect();
    crowds.push(Crowd { name: "Polly's V2", retries: polly(seed) });
    crowds
}

/// When a client has noticed that the server is away.
fn noticed(dice: &mut Dice) -> Duration {
    Duration::from_millis(20).mul_f64(dice.uniform())
}

fn retries(backoff: &AnyBackoff, seed: u64) -> Vec<Vec<Duration>> {
    let (world, mut dice) = (World::new(backoff, &[Unlimited], CLIENTS, seed), Dice::seeded(seed));
    let mut client = |client| {
        let mut session = Session::new(Caller { world: &world, call: client, client });
        let began = noticed(&mut dice);
        let mut elapsed = Duration::ZERO;
        let next = || match session.step(elapsed, Verdict::retry()) {
            Step::Retry(delay, ()) => {
                elapsed += delay;
                Some(began + elapsed)
            }
            Step::Stop(_) => None,
        };
        std::iter::from_fn(next).take_while(|time| *time < LASTS).collect()
    };
    (0..CLIENTS).map(&mut client).collect()
}

/// Polly's jitter of its second version, which is no [`Backoff`](persevere::Backoff) here, as each of its delays depends on the
/// place that was drawn for the one before: the differences of 2ᵗ · tanh √(4t) at t = n + U(0, 1), times the first delay over 1.4.
fn polly(seed: u64) -> Vec<Vec<Duration>> {
    let mut dice = Dice::seeded(seed);
    let curve = |place: f64| 2.0_f64.powf(place) * (4.0 * place).sqrt().tanh() * 0.2 / 1.4;
    let mut client = |_| {
        let (mut time, mut times, mut before) = (noticed(&mut dice), Vec::new(), 0.0);
        for number in 0_u32.. {
            let here = curve(f64::from(number) + dice.uniform());
            time += Duration::from_secs_f64((here - before).clamp(0.0, 5.0));
            before = here;
            if time >= LASTS {
                return times;
            }
            times.push(time);
        }
        times
    };
    (0..CLIENTS).map(&mut client).collect()
}
