//! What the simulation itself has to keep to.

use std::ops::ControlFlow;
use std::time::Duration;

use persevere::{AnyBackoff, AnyBudget, BackoffExt, RatioBudget, TokenBudget, constant, exponential};
use persevere_lab::simulation::{
    Answer, Crowded, Dice, Fifo, Flaky, Load, Rate, SECOND, Scenario, Second, Server, Trigger, nanos,
    simulate, through_the_executor, unwatched,
};
use persevere_lab::storms::experiments::{at_once, full_jitter, never};

const OUTAGE: Trigger = Trigger { from: 5.0, to: 8.0, left: 0.2 };

/// 80 calls a second, of which a caller gives up each attempt after a second.
fn scenario(load: Load, drains: bool) -> Scenario {
    Scenario { drains, ..Scenario::new(100, load, 20) }
}

/// A server that is looked at every tenth of a millisecond: it does a part of an attempt in each of these.
fn step_by_step(capacity: f64, arrivals: &[f64]) -> Vec<f64> {
    let (step, mut time, mut done) = (1e-4, 0.0, Vec::new());
    let (mut arrived, mut work) = (arrivals.iter().peekable(), std::collections::VecDeque::new());
    while done.len() < arrivals.len() {
        while arrived.peek().is_some_and(|at| **at <= time) {
            arrived.next();
            work.push_back(1.0);
        }
        let is_weak = (OUTAGE.from..OUTAGE.to).contains(&time);
        let mut can = capacity * if is_weak { OUTAGE.left } else { 1.0 } * step;
        while let Some(first) = work.front_mut().filter(|_| can > 0.0) {
            let part = f64::min(*first, can);
            (*first, can) = (*first - part, can - part);
            if *first <= 1e-12 {
                work.pop_front();
                done.push(time + step);
            }
        }
        time += step;
    }
    done
}

#[test]
fn a_queue_in_closed_form_is_one_that_is_served_step_by_step() {
    let (mut server, mut dice, mut now) = (Fifo::new(100.0, OUTAGE), Dice::seeded(3), 0.0);
    let arrivals: Vec<f64> = (0..1_000)
        .map(|_| {
            now += dice.exponential(1.0 / 80.0);
            now
        })
        .collect();
    let expected = step_by_step(100.0, &arrivals);
    for (arrives, expected) in arrivals.iter().zip(expected) {
        let Answer { at, is_good } = server.serve(nanos(*arrives), &mut dice);
        assert!(
            is_good && (persevere_lab::simulation::seconds(at) - expected).abs() < 1e-3,
            "{arrives}: {at} instead of {expected}"
        );
    }
}

#[test]
fn a_queue_that_is_full_refuses_at_once_and_what_has_waited_too_long_is_dropped() {
    let calm = Trigger { from: 1e6, to: 1e6, left: 1.0 };
    let mut dice = Dice::seeded(1);
    let mut server = Fifo::new(10.0, calm);
    server.longest = Some(Duration::from_millis(300));
    let answers: Vec<_> = (0..5).map(|_| server.serve(SECOND, &mut dice)).collect();
    let done = |tenths: u64| Answer { at: SECOND + tenths * SECOND / 10, is_good: true };
    let refused = Answer { at: SECOND, is_good: false };
    assert_eq!(answers, [done(1), done(2), done(3), refused, refused]);
    assert!((server.queue(SECOND) - 0.3).abs() < 1e-9);
    let mut server = Fifo::new(10.0, calm);
    server.expires = Some(Duration::from_millis(150));
    let answers: Vec<_> = (0..4).map(|_| server.serve(SECOND, &mut dice)).collect();
    let dropped = Answer { at: Answer::NEVER, is_good: false };
    assert_eq!(answers, [done(1), done(2), dropped, dropped], "they would wait for 200 ms");
}

#[test]
fn a_crowded_server_is_the_slower_the_more_it_serves() {
    let (mut server, mut dice) = (Crowded::default(), Dice::seeded(1));
    let mut at = |now: u64| server.serve(now, &mut dice).at;
    assert_eq!([at(0), at(0), at(0)], [1_010, 1_020, 1_030].map(|millis| millis * 1_000_000));
    assert_eq!(at(1_025_000_000), 1_025_000_000 + 1_020_000_000, "one is left");
}

#[test]
fn the_bound_of_a_queue_counts_work_whatever_the_server_can_do_at_the_time() {
    let mut dice = Dice::seeded(1);
    let mut server = Fifo::new(10.0, Trigger { from: 0.0, to: 100.0, left: 0.5 });
    server.longest = Some(Duration::from_millis(300));
    let accepted = (0..9).filter(|_| server.serve(SECOND, &mut dice).is_good).count();
    assert_eq!(accepted, 3, "the work of 300 ms with all of its capacity, which takes twice as long now");
}

/// Answers at once.
struct Instant {
    is_good: bool,
}

impl Server for Instant {
    fn serve(&mut self, now: u64, _: &mut Dice) -> Answer {
        Answer { at: now, is_good: self.is_good }
    }
}

/// A thousand clients whose calls take no time begin as many as they think: a thousand times 20 s over 10 s each.
#[test]
fn clients_of_a_closed_system_call_again_whatever_has_become_of_the_last_call() {
    let scenario = Scenario { clients: 1_000, ..scenario(Load::Closed(100.0), true) };
    for is_good in [true, false] {
        let server = Instant { is_good };
        let total =
            simulate(&scenario, server, &at_once(2), &[AnyBudget::Unlimited], 3, &mut unwatched).total();
        assert!((1_850..=2_150).contains(&total.calls), "{total:?}"); // 2,000, and 3.4 standard deviations
        assert_eq!(total.attempts, total.calls * if is_good { 1 } else { 3 });
    }
}

/// A message takes 100 ms each way on average: both together are less than 200 ms in 59.4 % of the attempts (Erlang), and an
/// attempt is counted from when it is sent.
#[test]
fn an_attempt_takes_the_way_to_the_server_and_the_way_back() {
    let timeout = Duration::from_millis(200);
    let scenario = Scenario { network: 0.1, timeout, ..scenario(Load::Open(Rate::Steady(1_000.0)), true) };
    let good = Instant { is_good: true };
    let series = simulate(&scenario, good, &never(), &[AnyBudget::Unlimited], 3, &mut unwatched);
    let success = series.total().success();
    assert!((success - 0.594).abs() < 0.012, "{success}"); // 3.4 standard deviations of 20,000 calls
    let median = series.latency.value_at_quantile(0.5);
    assert!((104..=114).contains(&median), "of those that are in time, {median} ms"); // 109 ms
}

#[test]
fn only_calls_that_succeed_tell_how_long_a_call_takes() {
    let scenario =
        Scenario { timeout: Duration::from_secs(5), ..scenario(Load::Open(Rate::Steady(1.0)), true) };
    let calm = Trigger { from: 1e6, to: 1e6, left: 1.0 };
    let mut server = Fifo::new(20.0, calm);
    server.longest = Some(Duration::from_millis(40));
    let series = simulate(&scenario, server, &never(), &[AnyBudget::Unlimited], 4, &mut unwatched);
    assert_eq!(series.latency.value_at_quantile(0.5), 50, "one after the other");
    assert_eq!(series.latency.len(), u64::from(series.total().successes));
    let failing =
        simulate(&scenario, Instant { is_good: false }, &never(), &[AnyBudget::Unlimited], 4, &mut unwatched);
    assert_eq!((failing.latency.len(), failing.total().failures > 10), (0, true));
}

#[test]
fn a_load_is_as_high_as_it_says_at_each_time() {
    let spike = Rate::Spike(40.0, 80.0, [20.0, 25.0]);
    let ramp = Rate::Ramp { peak: 80.0, at: 25.0, slope: 1.6 };
    let at = |rate: Rate| [0.0, 19.9, 20.0, 25.0, 25.1, 74.0].map(|time| format!("{:.1}", rate.at(time)));
    assert_eq!(at(spike), ["40.0", "40.0", "80.0", "80.0", "40.0", "40.0"]);
    assert_eq!(at(ramp), ["40.0", "71.8", "72.0", "80.0", "79.8", "1.6"]);
    assert_eq!(format!("{} {} {}", spike.most(), ramp.most(), Rate::Steady(3.0).most()), "80 80 3");
}

#[test]
fn equal_seeds_make_equal_runs_and_others_make_others() {
    let run = |seed| {
        let budget = AnyBudget::from(RatioBudget::new(0.3, 0).expect("valid"));
        let scenario = Scenario { network: 0.01, ..scenario(Load::Open(Rate::Steady(80.0)), true) };
        simulate(&scenario, Flaky { failures: 0.4 }, &jitter(), &[budget], seed, &mut unwatched)
    };
    let [one, again, other] = [run(1), run(1), run(2)];
    assert_eq!(one.seconds, again.seconds);
    assert_ne!(one.seconds, other.seconds);
}

fn jitter() -> AnyBackoff {
    full_jitter(Duration::from_millis(100), Duration::from_secs(10), 3)
}

#[test]
fn every_call_ends_once_and_attempts_are_calls_and_retries() {
    for load in [Load::Open(Rate::Steady(80.0)), Load::Closed(80.0)] {
        let scenario = scenario(load, true);
        let tokens = [AnyBudget::from(TokenBudget::default())];
        let all =
            simulate(&scenario, Fifo::new(100.0, OUTAGE), &jitter(), &tokens, 5, &mut unwatched).total();
        assert!(all.calls > 500 && all.calls == all.successes + all.failures, "{all:?}");
        assert!(all.attempts > all.calls && all.failures > 0, "{all:?}");
        let none =
            simulate(&scenario, Fifo::new(100.0, OUTAGE), &never(), &tokens, 5, &mut unwatched).total();
        assert_eq!(none.attempts, none.calls);
    }
}

#[test]
fn a_system_is_back_with_five_good_seconds_in_a_row() {
    let second = |successes| Second { calls: 100, attempts: 150, successes, ..Second::default() };
    let seconds = [100, 0, 0, 99, 99, 99, 99, 0, 94, 95, 95, 95, 96, 95, 95].map(second).into();
    let series =
        persevere_lab::simulation::Series { seconds, ..persevere_lab::simulation::Series::default() };
    assert_eq!(series.recovers_after(0, 0.95, 100.0), Some(8), "94 and 96 make up for each other");
    assert_eq!(series.recovers_after(2, 0.95, 100.0), Some(6), "counted from where one looks");
    assert_eq!((series.recovers_after(11, 0.95, 100.0), series.recovers_after(0, 0.96, 100.0)), (None, None));
    let late = series.sum(1, 3);
    assert_eq!(
        (late.calls, late.successes, series.sum(14, 99).calls, series.sum(99, 100).calls),
        (200, 0, 100, 0)
    );
    assert_eq!(format!("{} {} {}", late.success(), late.amplification(), series.peak()), "0 1.5 150");
    assert_eq!(format!("{} {}", Second::default().success(), Second::default().amplification()), "1 1");
}

#[test]
fn a_claim_holds_up_to_its_tolerance_and_no_further() {
    use persevere_lab::storms::{
        Claim,
        Tolerance::{Absolute, Relative},
    };
    let near = |ours, tolerance| Claim::near("it", 200.0, ours, tolerance, 1).holds();
    assert!(near(210.0, Relative(0.05)) && near(190.0, Relative(0.05)) && near(200.5, Absolute(0.5)));
    assert!(!near(210.1, Relative(0.05)) && !near(189.9, Relative(0.05)) && !near(199.4, Absolute(0.5)));
    assert!(!near(f64::NAN, Absolute(1e9)), "what is not a number is not near");
    assert!(Claim::equal("it", 3, 3).holds() && !Claim::equal("it", 3, 4).holds());
    let line = Claim::near("calls", 3.0, 4.0, Absolute(0.5), 1).to_string();
    assert!(line.starts_with("FAILS  calls ") && line.ends_with(" 3.0 ± 0.5           4.0"), "{line}");
}

#[test]
fn a_watcher_sees_each_second_and_may_end_the_run() {
    let (mut seen, scenario) = (Vec::new(), scenario(Load::Open(Rate::Steady(80.0)), false));
    let mut watch = |series: &persevere_lab::simulation::Series| {
        seen.push(series.seconds.len());
        if seen.len() == 7 { ControlFlow::Break(()) } else { ControlFlow::Continue(()) }
    };
    let server = Fifo::new(100.0, OUTAGE);
    let series = simulate(&scenario, server, &never(), &[AnyBudget::Unlimited], 1, &mut watch);
    assert_eq!(seen, (2..=8).collect::<Vec<_>>(), "the next one has begun each time");
    assert_eq!(series.seconds.len(), 8);
}

/// The same seed, the same calls: once by a loop of our own around the library's sessions, once by its executor.
#[test]
fn the_executor_makes_as_many_attempts_as_the_simulation() {
    let (ms, secs) = (Duration::from_millis, Duration::from_secs);
    let scenario = scenario(Load::Open(Rate::Steady(80.0)), true);
    for (name, backoff, budget) in [
        ("no retry", never(), (|| AnyBudget::Unlimited) as fn() -> AnyBudget),
        ("at once", at_once(3), || AnyBudget::Unlimited),
        ("constant", AnyBackoff::new(constant(ms(700)).retries(2)), || AnyBudget::Unlimited),
        ("jitter", jitter(), || AnyBudget::Unlimited),
        ("deadline", AnyBackoff::new(exponential(ms(50)).full_jitter().within(secs(4))), || {
            AnyBudget::Unlimited
        }),
        ("tokens", jitter(), || AnyBudget::from(TokenBudget::default())),
        ("ratio", jitter(), || AnyBudget::from(RatioBudget::default())),
    ] {
        for seed in 0..5 {
            let server = || Fifo::new(100.0, OUTAGE);
            let simulated =
                simulate(&scenario, server(), &backoff, &[budget()], seed, &mut unwatched).total();
            let executed = through_the_executor(&scenario, server(), &backoff, &budget(), seed);
            let counts = |second: Second| (second.calls, second.attempts, second.successes, second.failures);
            assert_eq!(counts(executed), counts(simulated), "{name}, seed {seed}");
            assert!(simulated.failures > 0 && simulated.calls > 1_000, "{name}: {simulated:?}");
        }
    }
}
