//! [`simulate`]: calls of many clients against a server, event by event.

use std::ops::ControlFlow;
use std::time::Duration;

use persevere::{AnyBackoff, Budget, Permit, Session, Stamp, Step, Verdict};

use crate::caller::{Caller, World};
use crate::dice::Dice;
use crate::load::Load;
use crate::scenario::Scenario;
use crate::series::Series;
use crate::server::{Answer, Server};
use crate::time::{Nanos, SECOND, nanos, of, seconds};
use crate::wheel::Wheel;

/// What comes next.
enum Event<'w, G> {
    /// Somebody's next call begins.
    Next,
    /// The next call of this client begins.
    NextOf(u32),
    /// An attempt is sent.
    Send(Call<'w, G>),
    /// An attempt that was sent at this time reaches the server.
    Reach(Call<'w, G>, Nanos),
    /// The caller has the answer, and whether it is good; or has waited too long for it.
    End(Call<'w, G>, bool),
}

/// A call that goes on.
type Call<'w, G> = Session<Caller<'w, G>>;

/// Calls of many clients against a server. Each budget is shared by as many clients; the seed fixes all that happens.
///
/// `watch` is told of each second that is over, and may end it there.
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
            events: Wheel::new(rate * 4.0, 10.0 + 4.0 * think),
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
        while let Some((at, event)) = self.events.pop() {
            let second = self.now / SECOND;
            if at / SECOND > second {
                self.series.at(self.now).queue = self.server.queue((second + 1) * SECOND);
                self.series.waiting = self.series.waiting.max(self.events.len());
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
            self.happen(&event);
        }
        self.series
    }

    fn happen(&mut self, event: &Event<'w, G>) {
        match *event {
            Event::Next => {
                let client = self.arrivals.below(self.scenario.clients);
                self.begin(client);
                self.next();
            }
            Event::NextOf(client) => self.begin(client),
            Event::Send(call) => self.send(call),
            Event::Reach(call, sent) => self.reach(call, sent),
            Event::End(call, is_good) => self.end(call, is_good),
        }
    }

    /// When the next call of an open system begins.
    fn next(&mut self) {
        let Load::Open(rate) = self.scenario.load else { return };
        let Some(gap) = rate.gap(seconds(self.now), &mut self.arrivals) else { return };
        self.at_begin(gap, Event::Next);
    }

    /// When the next call of a client in a closed system begins.
    fn next_of(&mut self, client: u32) {
        let Load::Closed(rate) = self.scenario.load else { return };
        let gap = self.arrivals.exponential(f64::from(self.scenario.clients) / rate);
        self.at_begin(gap, Event::NextOf(client));
    }

    fn at_begin(&mut self, gap: f64, event: Event<'w, G>) {
        let at = self.now + nanos(gap);
        if at < of(self.scenario.lasts) {
            self.events.push(at, event);
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
            let there = self.now + nanos(self.chance.exponential(self.scenario.network));
            self.events.push(there, Event::Reach(call, self.now));
        } else {
            self.reach(call, self.now);
        }
    }

    fn reach(&mut self, call: Call<'w, G>, sent: Nanos) {
        let Answer { at, is_good } = self.server.serve(self.now, &mut self.chance);
        let back = if self.scenario.network > 0.0 {
            nanos(self.chance.exponential(self.scenario.network))
        } else {
            0
        };
        let patience = sent.saturating_add(of(self.scenario.timeout));
        let there = at.saturating_add(back);
        if there <= patience {
            self.events.push(there, Event::End(call, is_good));
        } else {
            // Whose attempt reaches the server when nobody waits any more has gone on already.
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
