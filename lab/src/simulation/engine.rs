//! [`simulate`]: calls of many clients against a server, event by event.

use std::ops::ControlFlow;
use std::time::Duration;

use persevere::{AnyBackoff, Budget, Permit, Session, Stamp, Step, Verdict};

use crate::simulation::caller::{Caller, World};
use crate::simulation::dice::Dice;
use crate::simulation::load::Load;
use crate::simulation::scenario::Scenario;
use crate::simulation::series::Series;
use crate::simulation::server::{Answer, Server};
use crate::simulation::time::{Nanos, SECOND, nanos, of, seconds};
use crate::simulation::wheel::Wheel;

/// What happens to a call.
enum Event<'w, G> {
    /// An attempt is sent.
    Send(Call<'w, G>),
    /// An attempt reaches the server, so many nanoseconds after it was sent.
    Reach(Call<'w, G>, u32),
    /// The caller has the answer, and whether it is good; or has waited too long for it.
    End(Call<'w, G>, bool),
}

/// A call that goes on.
type Call<'w, G> = Session<Caller<'w, G>>;

/// Calls of many clients against a server. Each budget is shared by as many clients; the seed fixes all that happens.
///
/// `watch` is told when the first event of another second comes, and may end it there.
///
/// # Panics
///
/// When there is no client or no budget.
pub fn simulate<G: Budget, S: Server>(
    scenario: &Scenario,
    server: S,
    backoff: &AnyBackoff,
    budgets: &[G],
    seed: u64,
    watch: &mut dyn FnMut(&Series) -> ControlFlow<()>,
) -> Series {
    let world = World::new(backoff, budgets, scenario.clients, seed);
    Simulation::new(scenario, server, &world, seed).run(watch)
}

/// Nobody watches.
pub fn unwatched(_: &Series) -> ControlFlow<()> {
    ControlFlow::Continue(())
}

struct Simulation<'w, G, S> {
    scenario: &'w Scenario,
    world: &'w World<'w, G>,
    server: S,
    events: Wheel<Event<'w, G>>,
    /// Clients whose next call begins; apart from the others, as there may be a million of them, and they are small.
    begins: Wheel<u32>,
    calls: u32,
    arrivals: Dice,
    /// Of the network and of the server.
    chance: Dice,
    series: Series,
    now: Nanos,
}

impl<'w, G: Budget, S: Server> Simulation<'w, G, S> {
    fn new(scenario: &'w Scenario, server: S, world: &'w World<'w, G>, seed: u64) -> Self {
        let (rate, think) = match scenario.load {
            Load::Open(rate) => (rate.most(), 0.0),
            Load::Closed(rate) => (rate, f64::from(scenario.clients) / rate),
        };
        let mut simulation = Self {
            scenario,
            world,
            server,
            events: Wheel::new(rate * 4.0, 10.0),
            begins: Wheel::new(rate, 10.0 + 4.0 * think),
            calls: 0,
            arrivals: Dice::seeded(seed),
            chance: Dice::seeded(!seed),
            series: Series::default(),
            now: 0,
        };
        match scenario.load {
            Load::Open(_) => simulation.next(),
            Load::Closed(_) => (0..scenario.clients).for_each(|client| simulation.next_of(client)),
        }
        simulation
    }

    fn run(mut self, watch: &mut dyn FnMut(&Series) -> ControlFlow<()>) -> Series {
        let end = if self.scenario.drains { Nanos::MAX } else { of(self.scenario.lasts) };
        while let Some(at) = self.soonest() {
            let second = self.now / SECOND;
            if at / SECOND > second {
                self.series.at(self.now).queue = self.server.queue((second + 1) * SECOND);
                self.series.waiting = self.series.waiting.max(self.events.len() + self.begins.len());
                if at < end {
                    self.series.at(at);
                }
                if watch(&self.series).is_break() {
                    break;
                }
            }
            if at >= end {
                break;
            }
            self.now = at.max(self.now);
            self.series.events += 1;
            self.happen(at);
        }
        self.series
    }

    /// When something happens next.
    fn soonest(&mut self) -> Option<Nanos> {
        self.begins.peek().into_iter().chain(self.events.peek()).min()
    }

    /// What happens then; a call begins before anything else.
    fn happen(&mut self, at: Nanos) {
        if self.begins.peek() == Some(at) {
            let Some((_, client)) = self.begins.pop() else { return };
            self.begin(client);
            return self.next();
        }
        let Some((_, event)) = self.events.pop() else { return };
        match event {
            Event::Send(call) => self.send(call),
            Event::Reach(call, travelled) => self.reach(call, travelled),
            Event::End(call, is_good) => self.end(call, is_good),
        }
    }

    /// When the next call of an open system begins.
    fn next(&mut self) {
        let Load::Open(rate) = self.scenario.load else { return };
        let Some(gap) = rate.gap(seconds(self.now), &mut self.arrivals) else { return };
        let client = self.arrivals.below(self.scenario.clients);
        self.begins_after(gap, client);
    }

    /// When the next call of a client in a closed system begins.
    fn next_of(&mut self, client: u32) {
        let Load::Closed(rate) = self.scenario.load else { return };
        let gap = self.arrivals.exponential(f64::from(self.scenario.clients) / rate);
        self.begins_after(gap, client);
    }

    fn begins_after(&mut self, gap: f64, client: u32) {
        let at = self.now + nanos(gap);
        if at < of(self.scenario.lasts) {
            self.begins.push(at, client);
        }
    }

    fn begin(&mut self, client: u32) {
        let mut call = Session::new(Caller { world: self.world, call: self.calls, client });
        self.calls += 1;
        self.series.at(self.now).calls += 1;
        call.begin(stamp(self.now));
        self.send(call);
    }

    fn send(&mut self, call: Call<'w, G>) {
        self.series.at(self.now).attempts += 1;
        if self.scenario.network > 0.0 {
            // A message that would take longer than 4.29 seconds takes that.
            let way = u32::try_from(self.message()).unwrap_or(u32::MAX);
            self.events.push(self.now + Nanos::from(way), Event::Reach(call, way));
        } else {
            self.reach(call, 0);
        }
    }

    /// How long a message takes.
    fn message(&mut self) -> Nanos {
        nanos(self.chance.exponential(self.scenario.network))
    }

    fn reach(&mut self, call: Call<'w, G>, travelled: u32) {
        let Answer { at, is_good } = self.server.serve(self.now, &mut self.chance);
        let back = if self.scenario.network > 0.0 { self.message() } else { 0 };
        let patience = (self.now - Nanos::from(travelled)).saturating_add(of(self.scenario.timeout));
        let there = at.saturating_add(back);
        if there <= patience {
            self.events.push(there, Event::End(call, is_good));
        } else {
            // If the way alone has taken longer, the caller notices now: messages are far quicker than callers are patient.
            self.events.push(patience, Event::End(call, false));
        }
    }

    fn end(&mut self, mut call: Call<'w, G>, is_good: bool) {
        let elapsed = call.elapsed(stamp(self.now));
        let verdict = if is_good { Verdict::Accept } else { Verdict::retry() };
        match call.step(elapsed, verdict) {
            Step::Retry(delay, permit) => {
                permit.spend();
                if delay.is_zero() {
                    self.send(call);
                } else {
                    self.events.push(self.now + of(delay), Event::Send(call));
                }
            }
            Step::Stop(_) => {
                let second = self.series.at(self.now);
                if is_good {
                    second.successes += 1;
                } else {
                    second.failures += 1;
                }
                if is_good {
                    self.series.latency.saturating_record(milliseconds(elapsed));
                }
                self.next_of(call.parts().client);
            }
        }
    }
}

fn milliseconds(time: Duration) -> u64 {
    u64::try_from(time.as_millis()).unwrap_or(u64::MAX)
}

fn stamp(now: Nanos) -> Stamp {
    Stamp::default().after(Duration::from_nanos(now))
}
