//! What a call or a builder changes leaves everything else of its policy as it was.

use std::cell::RefCell;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use persevere::testing::{Script, VirtualTime};
use persevere::{
    Attempt, BackoffExt, Classifier, Clock, Decision, Event, Hint, Observer, Parts, Policy, Reason, Retry,
    Session, Silent, Step, TokenBudget, Verdict, classify_fn, constant, exponential, observe_fn, retry,
};

use crate::support::{Flaky, ms, paused};

/// Takes note of who was told, in order.
#[derive(Clone, Default)]
struct Log(Arc<Mutex<Vec<String>>>);

impl Log {
    fn lines(&self) -> Vec<String> {
        std::mem::take(&mut *self.0.lock().unwrap())
    }

    fn add(&self, line: impl Into<String>) {
        self.0.lock().unwrap().push(line.into());
    }
}

impl Observer for Log {
    fn observe(&self, event: &Event) {
        self.add(format!("observer {}", event.attempt.number()));
    }
}

#[test]
fn every_change_keeps_the_longest_hint_the_observer_and_the_budget() {
    // A hint of 40 s is followed only because the policy says 60 s; one token is spent on it.
    fn check<P: Parts>(what: &str, log: &Log, budget: &TokenBudget, parts: P) {
        let _ = log.lines();
        let before = budget.available();
        let mut session = Session::new(parts);
        let hinted = Verdict::retry().with_hint(Hint::Exactly(ms(40_000)));
        let step = session.step(Duration::ZERO, hinted);
        assert_eq!(step.decision(), Decision::Retry(ms(40_000)), "{what}: the longest hint");
        if let Step::Retry(_, permit) = step {
            persevere::Permit::spend(permit);
        }
        assert_eq!(session.parts().rules().hint_spread, ms(7), "{what}: the spread of hints");
        assert!((before - budget.available() - 1.0).abs() < 1e-9, "{what}: the budget");
        assert_eq!(log.lines(), ["observer 1"], "{what}: the observer");
    }
    let (log, budget) = (Log::default(), TokenBudget::new(100, 0.0).expect("within bounds"));
    let policy = Policy::new(constant(ms(1)).attempts(9))
        .max_hint(ms(60_000))
        .hint_spread(ms(7))
        .budget(budget.clone())
        .observe(log.clone());
    check("plain", &log, &budget, &policy);
    check("shared", &log, &budget, Arc::new(policy.clone()));
    check("shared by reference", &log, &budget, &Arc::new(policy.clone()));
    check("when", &log, &budget, policy.clone().when(|(): &()| true));
    check("until", &log, &budget, policy.clone().until(|(): &()| true));
    check("classify", &log, &budget, policy.clone().classify(classify_fn(|(): &()| Verdict::Accept)));
    check("observe", &log, &budget, policy.clone().observe(log.clone()));
    check("budget", &log, &budget, policy.clone().budget(budget.clone()));
    check("seed", &log, &budget, persevere::Seeded::new(&policy, 1));
    check("within", &log, &budget, persevere::Bounded::new(&policy, ms(3_600_000)));
    check("total_sleep", &log, &budget, persevere::Rationed::new(&policy, ms(3_600_000)));
    check("on_retry", &log, &budget, persevere::Watched::new(&policy, |_: &Event| {}));
    check("another judge", &log, &budget, persevere::Classified::new(&policy, ()));
}

#[test]
fn every_change_of_a_call_keeps_the_rest() {
    let (log, budget) = (Log::default(), TokenBudget::new(100, 0.0).expect("within bounds"));
    let policy = Policy::new(exponential(ms(100)).full_jitter().attempts(3))
        .max_hint(ms(60_000))
        .budget(budget.clone())
        .observe(log.clone());
    let hinted = |_: &Result<u32, u32>| Verdict::retry().with_hint(Hint::AtLeast(ms(40_000)));
    let op = Flaky::default();
    let report = paused(async {
        let call = retry(&policy, || op.call(99)).seed(7).classify(hinted).on_retry(|event| {
            log.add(format!("call {}", event.attempt.number()));
        });
        call.within(ms(3_600_000)).report().await
    });
    assert_eq!((report.attempts, report.slept, report.reason), (3, ms(80_000), Reason::Attempts));
    assert_eq!(log.lines(), ["observer 1", "call 1", "observer 2", "call 2", "observer 3"]);
    assert!((budget.available() - 98.0).abs() < 1e-9);
}

#[test]
fn a_total_sleep_and_starting_over_hold_under_every_other_change() {
    let minute = Duration::from_secs(60);
    let policy = Policy::new(constant(ms(100)).attempts(9).reset_after(minute));
    /// Two sleeps, an attempt of a minute, two sleeps again.
    fn check<P: Parts, F: FnMut() -> Fut, Fut: Future<Output = Result<(), u8>>>(
        what: &str,
        time: &VirtualTime,
        call: Retry<P, F, VirtualTime>,
    ) where
        P::Classifier: Classifier<Result<(), u8>>,
    {
        let before = time.sleeps().len();
        let report = time.run(call.report());
        assert_eq!((report.attempts, report.reason), (5, Reason::TotalSleep), "{what}");
        assert_eq!(time.sleeps().len() - before, 4, "{what}");
    }
    let time = VirtualTime::new();
    let call = || {
        let script = Script::<(), u8>::new(&time).fails(0).fails(0).takes(minute).fails(0).fails(0).fails(0);
        Retry::new(&policy, script.operation(), time.clone()).total_sleep(ms(200))
    };
    check("nothing", &time, call());
    check("when", &time, call().when(|_| true));
    check("until", &time, call().until(|()| true));
    check("classify", &time, call().classify(|_| Verdict::retry()));
    check("on_retry", &time, call().on_retry(|_| {}));
    check("seed", &time, call().seed(1));
    check("within", &time, call().within(minute * 9));
    check("total_sleep", &time, call().total_sleep(minute));
    // And the other way round.
    let script = Script::<(), u8>::new(&time).fails(0).fails(0).takes(minute).fails(0).fails(0).fails(0);
    let inside =
        Retry::new(&policy, script.operation(), time.clone()).seed(1).when(|_| true).within(minute * 9);
    check("around all", &time, inside.on_retry(|_| {}).total_sleep(ms(200)));
}

#[test]
fn a_seed_holds_under_every_other_change() {
    let backoff = exponential(ms(100)).full_jitter().attempts(5);
    let op = Flaky::default();
    let delays = |call: usize| {
        let mut delays = Vec::new();
        paused(async {
            let seeded = retry(backoff, || op.call(u32::MAX)).seed(11);
            let tell = |event: &Event| delays.extend(event.decision.delay());
            let _ = match call {
                0 => seeded.on_retry(tell).await,
                1 => seeded.when(|_| true).on_retry(tell).await,
                2 => seeded.until(|_| false).on_retry(tell).await,
                3 => seeded.within(ms(60_000)).on_retry(tell).await,
                _ => seeded.on_retry(tell).report().await.outcome,
            };
        });
        delays
    };
    for call in 1..5 {
        assert_eq!(delays(call), delays(0), "{call}");
    }
}

#[test]
fn a_policy_tells_its_listener_of_retries_alone() {
    let log = Log::default();
    let policy = Policy::new(constant(ms(5)).attempts(3))
        .on_retry(|event| log.add(format!("{} {:?}", event.attempt.number(), event.decision)));
    let op = Flaky::default();
    assert_eq!(paused(async { retry(&policy, || op.call(99)).await }), Err(3));
    assert_eq!(log.lines(), ["1 Retry(5ms)", "2 Retry(5ms)"]);
}

#[test]
fn an_observer_can_be_tested_alone_and_held_in_any_way() {
    let log = Log::default();
    let event = Event::new(Attempt::new(4), Some(Verdict::Reject), Decision::Stop(Reason::Rejected));
    let held: [&dyn Observer; 4] = [&log, &&log, &Box::new(log.clone()), &Arc::new(log.clone())];
    for observer in held {
        observer.observe(&event);
        assert_eq!(observer.clock(), persevere::Clock::Read);
    }
    assert_eq!(log.lines(), ["observer 4"; 4]);
}

#[test]
fn a_report_counts_in_words() {
    let op = Flaky::default();
    let once = paused(async { retry(constant(ms(1)).attempts(1), || op.call(9)).report().await });
    let text = once.into_result().unwrap_err().to_string();
    assert_eq!(text, "gave up after 1 attempt in 0ns: attempts used up");
}

#[test]
fn a_closure_can_hear_everything_and_two_observers_are_one() {
    let (heard, retries) = (RefCell::new(Vec::new()), RefCell::new(Vec::new()));
    let all = observe_fn(|event: &Event| heard.borrow_mut().push((event.attempt.elapsed(), event.decision)));
    let silent_too = (Silent, (&all, observe_fn(|event: &Event| retries.borrow_mut().push(event.decision))));
    let policy = Policy::new(constant(ms(5)).attempts(2)).observe(silent_too);
    let time = VirtualTime::new();
    let script = Script::<(), _>::new(&time).takes(ms(2)).fails(0).takes(ms(3)).fails(0);
    assert_eq!(time.run(Retry::new(&policy, script.operation(), time.clone())), Err(0));
    let (again, stop) = (Decision::Retry(ms(5)), Decision::Stop(Reason::Attempts));
    assert_eq!(*heard.borrow(), [(ms(2), again), (ms(10), stop)], "with the time, since one of them asks");
    assert_eq!(*retries.borrow(), [again, stop]);
    assert_eq!((Silent, Silent).clock(), Clock::Unused);
}
