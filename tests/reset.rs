//! Calls that start over after an attempt that was healthy for long; and limits on the total sleep.

use std::cell::{Cell, RefCell};
use std::future::{Future, Ready, ready};
use std::pin::pin;
use std::rc::Rc;
use std::sync::Arc;
use std::task::{Context, Poll, Waker};
use std::time::Duration;

use persevere::testing::{Script, VirtualTime};
use persevere::{
    Again, Attempt, Backoff, BackoffExt, Hint, Kind, Numbered, Operation, Policy, RatioBudget, Rationed,
    Reason, Retry, Schedule, Shape, Stamp, Timer, TokenBudget, Verdict, blocking, constant, decorrelated,
    exponential,
};

use crate::support::ms;

const MINUTE: Duration = Duration::from_secs(60);

/// A call of `policy` in virtual time, whose attempts last as long as written and all fail.
fn run<P: persevere::Parts>(
    policy: P,
    lasting: &[Duration],
) -> (persevere::Report<Result<(), u8>>, VirtualTime)
where
    P::Classifier: persevere::Classifier<Result<(), u8>>,
{
    let time = VirtualTime::new();
    let script = lasting.iter().fold(Script::new(&time), |script, &time| script.takes(time).fails(0));
    let report = time.run(Retry::new(policy, script.operation(), time.clone()).report());
    (report, time)
}

#[test]
fn a_failure_after_a_healthy_while_is_the_first_of_a_new_call() {
    // P47
    let policy = Policy::new(exponential(ms(100)).attempts(3).reset_after(MINUTE));
    let short = MINUTE.saturating_sub(Duration::from_nanos(1));
    let (report, time) = run(&policy, &[ms(0), ms(0), short]);
    assert_eq!((report.attempts, time.sleeps()), (3, vec![ms(100), ms(200)]), "not quite long enough");
    let (report, time) = run(&policy, &[ms(0), ms(0), MINUTE, ms(0), ms(0)]);
    assert_eq!(time.sleeps(), [ms(100), ms(200), ms(100), ms(200)]);
    assert_eq!((report.attempts, report.reason), (5, Reason::Attempts), "the report tells of all");
    assert_eq!((report.elapsed, report.slept), (time.elapsed(), ms(600)));
    // Without the setting, an attempt may last as long as it likes.
    let (report, _) = run(exponential(ms(100)).attempts(3), &[ms(0), MINUTE * 60, MINUTE * 60]);
    assert_eq!(report.attempts, 3);
}

#[test]
fn it_is_the_attempt_that_must_last_and_not_the_call() {
    let policy = Policy::new(constant(ms(1_000)).attempts(4).reset_after(MINUTE));
    let (report, _) = run(&policy, &[MINUTE / 2; 4]);
    assert_eq!(report.attempts, 4, "two minutes of attempts, none of them healthy");
    let (report, time) = run(&Policy::new(constant(MINUTE * 2).attempts(3).reset_after(MINUTE)), &[ms(0); 3]);
    assert_eq!((report.attempts, time.elapsed()), (3, MINUTE * 4), "a sleep is no attempt");
}

#[test]
fn a_new_call_has_its_whole_deadline_and_no_previous_delay() {
    let policy = Policy::new(constant(ms(400)).within(ms(1_000)).reset_after(MINUTE));
    let (report, time) = run(&policy, &[ms(0), ms(0), MINUTE, ms(0), ms(0)]);
    assert_eq!(time.sleeps(), [ms(400); 4], "two sleeps fit into each deadline");
    assert_eq!(report.reason, Reason::Deadline);

    let policy = Policy::new(decorrelated(ms(10), MINUTE).attempts(3).reset_after(MINUTE));
    for seed in 0..50 {
        let time = VirtualTime::new();
        let script = [ms(0), ms(0), MINUTE, ms(0), ms(0)];
        let script =
            script.iter().fold(Script::<(), _>::new(&time), |script, &time| script.takes(time).fails(0));
        let call = Retry::new(&policy, script.operation(), time.clone()).seed(seed);
        assert_eq!(time.run(call), Err(0));
        assert!(time.sleeps()[2] < ms(30), "at most three times the base again: {:?}", time.sleeps());
    }
}

#[test]
fn the_observer_sees_attempt_one_again_and_the_budget_a_success() {
    let budget = TokenBudget::new(2, 1.0).expect("within bounds");
    let numbers = RefCell::new(Vec::new());
    let policy = Policy::new(constant(ms(1)).reset_after(MINUTE)).budget(budget.clone()).on_retry(|event| {
        numbers.borrow_mut().push((event.attempt.number(), event.attempt.elapsed()));
    });
    let (report, _) = run(&policy, &[ms(0), ms(0), MINUTE, ms(0)]);
    assert_eq!((report.attempts, report.reason), (4, Reason::Budget), "two tokens and an earned one");
    assert_eq!(*numbers.borrow(), [(1, ms(0)), (2, ms(1)), (1, ms(0))]);
}

/// A timer whose sleeps are over at once, while its clock moves by them.
#[derive(Clone, Default)]
struct Imagined(Rc<Cell<Duration>>);

impl Timer for Imagined {
    type Sleep = Ready<()>;

    fn sleep(&self, delay: Duration) -> Ready<()> {
        self.0.set(self.0.get() + delay);
        ready(())
    }

    fn now(&self) -> Stamp {
        Stamp::default().after(self.0.get())
    }
}

#[test]
fn every_attempt_of_one_poll_knows_its_own_time() {
    let time = Imagined::default();
    let seen = RefCell::new(Vec::new());
    let hour = MINUTE * 60;
    let operation = Numbered::new(|attempt: Attempt| {
        seen.borrow_mut().push((attempt.elapsed(), attempt.remaining()));
        ready(Err::<(), ()>(()))
    });
    let policy = Policy::new(constant(hour).attempts(3).within(hour * 10).reset_after(MINUTE));
    let report = pin!(Retry::new(&policy, operation, time).report());
    let Poll::Ready(report) = report.poll(&mut Context::from_waker(Waker::noop())) else {
        panic!("nothing waits")
    };
    assert_eq!((report.attempts, report.reason), (3, Reason::Attempts), "a sleep is no attempt");
    assert_eq!(*seen.borrow(), [0, 1, 2].map(|hours| (hour * hours, Some(hour * (10 - hours)))));
}

#[test]
fn after_no_time_at_all_every_failure_is_the_first() {
    let policy = Policy::new(exponential(ms(100)).attempts(2).reset_after(Duration::ZERO));
    let time = VirtualTime::new();
    let script = (0..50).fold(Script::new(&time), |script, _| script.fails(0)).succeeds(1);
    assert_eq!(time.run(Retry::new(&policy, script.operation(), time.clone())), Ok(1));
    assert_eq!(time.sleeps(), [ms(100); 50]);
}

#[test]
fn to_a_budget_of_ratios_each_call_that_starts_over_is_a_call() {
    let budget = RatioBudget::new(1.0, 0).expect("within bounds");
    let policy = Policy::new(constant(ms(1)).attempts(3).reset_after(MINUTE)).budget(budget);
    let time = VirtualTime::new();
    let script = (0..50).fold(Script::new(&time), |script, _| script.takes(MINUTE).fails(0)).succeeds(1);
    assert_eq!(time.run(Retry::new(&policy, script.operation(), time.clone())), Ok(1));
}

#[test]
fn an_attempt_that_could_not_start_was_not_healthy() {
    /// Ready after a minute, and then with an error.
    struct Late<'a>(&'a VirtualTime, Option<<VirtualTime as Timer>::Sleep>);
    impl Shape for Late<'_> {
        type Future = Ready<Result<(), u8>>;
    }
    impl Operation for Late<'_> {
        type Outcome = Result<(), u8>;
        fn poll_ready(&mut self, context: &mut Context<'_>) -> Poll<Result<(), Self::Outcome>> {
            let sleep = self.1.get_or_insert_with(|| self.0.sleep(MINUTE));
            let polled = std::pin::Pin::new(sleep).poll(context);
            polled.map(|()| {
                self.1 = None;
                Err(Err(1))
            })
        }
        fn start(&mut self, _attempt: Attempt) -> Self::Future {
            ready(Err(0))
        }
        fn settle(&mut self, output: Self::Outcome) -> Self::Outcome {
            output
        }
    }
    let time = VirtualTime::new();
    let policy = Policy::new(constant(ms(1)).attempts(3).reset_after(MINUTE));
    let report = time.run(Retry::new(&policy, Late(&time, None), time.clone()).report());
    assert_eq!((report.attempts, report.reason), (3, Reason::Attempts));
}

#[test]
fn loops_and_threads_start_over_as_well() {
    let policy = Policy::new(exponential(ms(100)).attempts(2).reset_after(MINUTE));
    let time = VirtualTime::new();
    let mut again = Again::new(&policy, time.clone());
    let mut attempts = 0;
    for lasts in [ms(0), MINUTE, MINUTE, ms(0)] {
        attempts += 1;
        time.run(time.sleep(lasts));
        let Some(wait) = again.wait_after(&Err::<(), ()>(())) else { break };
        time.run(wait);
    }
    assert_eq!(attempts, 4);
    assert_eq!(time.sleeps(), [ms(0), ms(100), MINUTE, ms(100), MINUTE, ms(100), ms(0)]);

    // Neither a wait nor a row of short attempts is a healthy one.
    let policy = Policy::new(constant(MINUTE * 2).attempts(3).reset_after(MINUTE));
    let mut again = Again::new(&policy, time.clone());
    let waits = std::iter::from_fn(|| again.wait_after(&Err::<(), ()>(()))).map(|wait| time.run(wait));
    assert_eq!(waits.count(), 2);

    let mut calls = 0;
    let operation = || {
        calls += 1;
        Err::<(), _>(())
    };
    let policy = Policy::new(constant(ms(60)).attempts(6).reset_after(ms(250)));
    assert_eq!(blocking::retry(&policy, operation), Err(()));
    assert_eq!(calls, 6, "three hundred milliseconds, of which the attempts took none");

    let mut calls = 0;
    #[expect(clippy::disallowed_methods, reason = "a thread has no virtual time")]
    let operation = || {
        calls += 1;
        let began = std::time::Instant::now();
        while std::time::Instant::now() == began {} // for one tick of the clock
        if calls < 10 { Err(()) } else { Ok(calls) }
    };
    let policy = Policy::new(constant(ms(0)).attempts(3).reset_after(Duration::from_nanos(1)));
    assert_eq!(blocking::retry(&policy, operation), Ok(10), "every attempt is the first of a new call");
}

#[test]
fn a_total_sleep_is_never_exceeded_and_may_be_reached() {
    let time = VirtualTime::new();
    let failing = || async { Err::<(), ()>(()) };
    let total =
        |limit| time.run(Retry::new(constant(ms(300)), failing, time.clone()).total_sleep(limit).report());
    for (limit, attempts, slept) in
        [(ms(899), 3, ms(600)), (ms(900), 4, ms(900)), (ms(1_199), 4, ms(900)), (ms(0), 1, ms(0))]
    {
        let report = total(limit);
        assert_eq!((report.attempts, report.slept, report.reason), (attempts, slept, Reason::TotalSleep));
    }
    // The delay that counts is the one that is slept.
    let hinted = |_: &_| Verdict::retry().with_hint(Hint::AtLeast(ms(500)));
    let call = Retry::new(constant(ms(300)), failing, time.clone()).classify(hinted).total_sleep(ms(1_400));
    assert_eq!(time.run(call.report()).slept, ms(1_000));
    // No limit is no limit.
    let unlimited = constant(Duration::MAX / 4).attempts(9);
    assert_eq!(Schedule::of(&Rationed::new(unlimited, Duration::MAX), 0).delays().len(), 8);
}

#[test]
fn a_total_sleep_starts_over_with_its_call() {
    let policy = Policy::new(constant(ms(300)).reset_after(MINUTE));
    let (report, time) = run(Rationed::new(&policy, ms(600)), &[ms(0), ms(0), MINUTE, ms(0), ms(0)]);
    assert_eq!((report.attempts, report.reason), (5, Reason::TotalSleep));
    assert_eq!((report.slept, time.sleeps().len()), (ms(1_200), 4), "the report tells of all");
}

#[test]
fn the_smallest_total_sleep_counts() {
    let nested = |outer, inner| Schedule::of(&Rationed::new(Rationed::new(constant(ms(1)), inner), outer), 0);
    for (outer, inner) in [(ms(2), ms(5)), (ms(5), ms(2)), (ms(2), Duration::MAX), (Duration::MAX, ms(2))] {
        assert_eq!(nested(outer, inner).total(), ms(2));
    }
}

#[test]
fn the_time_to_start_over_passes_through_every_transformer_and_the_shortest_counts() {
    let (hour, never) = (MINUTE * 60, Duration::MAX);
    let a = || constant(ms(1)).reset_after(MINUTE);
    let plain = || constant(ms(1));
    let second = Kind::Throttled;
    let time = |backoff: &dyn Backoff| backoff.needs().resets_after;
    assert_eq!(time(&plain()), never);
    for (through, expected) in [
        (&a() as &dyn Backoff, MINUTE),
        (&a().reset_after(hour), MINUTE),
        (&plain().reset_after(hour).reset_after(MINUTE), MINUTE),
        (&a().capped(ms(9)), MINUTE),
        (&a().floor(ms(1)), MINUTE),
        (&a().full_jitter(), MINUTE),
        (&a().equal_jitter(), MINUTE),
        (&a().proportional_jitter(0.5).unwrap(), MINUTE),
        (&a().attempts(3), MINUTE),
        (&a().within(hour), MINUTE),
        (&a().and(plain()), MINUTE),
        (&plain().and(a()), MINUTE),
        (&a().or(plain()), MINUTE),
        (&plain().or(a()), MINUTE),
        (&a().then(1, plain()), MINUTE),
        (&plain().then(1, a()), MINUTE),
        (&a().by_kind(second, plain()), MINUTE),
        (&plain().by_kind(second, a()), MINUTE),
        (&(Box::new(a()) as Box<dyn Backoff>), MINUTE),
        (&Rc::new(a()), MINUTE),
        (&Arc::new(a()), MINUTE),
        (&plain().reset_after(never), never),
    ] {
        assert_eq!(time(through), expected);
    }
}

#[test]
fn a_schedule_shows_that_such_a_call_does_not_end() {
    let policy = Policy::new(exponential(ms(100)).attempts(2).within(ms(250)).reset_after(Duration::ZERO));
    let schedule = policy.schedule(0);
    assert_eq!((schedule.delays(), schedule.ended()), (&[ms(100); 1_000][..], None));
    let bounds = policy.bounds(); // from one beginning to the next
    assert_eq!((bounds.attempts, bounds.most_sleep), (Some(2), Some(ms(100))));
    assert_eq!(bounds.worst_time(ms(0)), None);
}
