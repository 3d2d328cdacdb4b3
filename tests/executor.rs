//! The executor: how often it attempts, when it sleeps, what it returns.

use std::cell::{Cell, RefCell};
use std::future::{Ready, ready};
use std::rc::Rc;
use std::sync::atomic::{AtomicU32, Ordering};
use std::sync::{Arc, Mutex};
use std::task::{Context, Poll};
use std::time::Duration;

use persevere::{
    Attempt, Backoff, BackoffExt, Classifier, Clock, Decision, Event, Hint, Operation, Policy, Reason, Retry,
    Shape, Stamp, Timer, Tokio, Verdict, classify_fn, constant, exponential, retry, sequence,
};

use crate::support::{Flaky, ms, paused};

#[test]
fn a_success_at_once_is_one_attempt() {
    paused(async {
        let op = Flaky::default();
        assert_eq!(retry(constant(ms(10)).attempts(5), || op.call(0)).await, Ok(1));
        assert_eq!(op.calls.get(), 1);
    });
}

#[test]
fn attempts_count_the_first_call_and_retries_do_not() {
    // P23: n attempts are n calls, n retries are n + 1 calls; no attempt at all cannot be had.
    for (backoff, calls) in [
        (constant(ms(1)).attempts(0), 1),
        (constant(ms(1)).attempts(1), 1),
        (constant(ms(1)).attempts(2), 2),
        (constant(ms(1)).attempts(7), 7),
        (constant(ms(1)).retries(0), 1),
        (constant(ms(1)).retries(1), 2),
        (constant(ms(1)).retries(6), 7),
    ] {
        let op = Flaky::default();
        assert_eq!(paused(async { retry(backoff, || op.call(100)).await }), Err(calls), "{backoff:?}");
        assert_eq!(op.calls.get(), calls, "{backoff:?}");
    }
}

#[test]
fn an_attempt_starts_after_its_delay_and_not_before() {
    // P26: nothing runs before the first poll, and attempt n + 1 starts when the sleep is over.
    paused(async {
        let op = Flaky::default();
        let call = retry(exponential(ms(3000)).attempts(4), || op.call(3));
        assert_eq!(op.calls.get(), 0);
        assert_eq!(call.await, Ok(4));
        assert_eq!(*op.starts.borrow(), [ms(0), ms(3000), ms(9000), ms(21000)]);
    });
}

#[test]
fn the_delay_told_is_the_delay_slept() {
    // P1, P24: one event for each sleep, numbered from 1, with the delay that follows; none at the end.
    paused(async {
        let op = Flaky::default();
        let mut told = Vec::new();
        let outcome = retry(sequence([ms(5), ms(50), ms(500)]), || op.call(9))
            .on_retry(|event| told.push((event.attempt.number(), event.attempt.elapsed(), event.decision)))
            .await;
        assert_eq!(outcome, Err(4));
        let expected = [
            (1, ms(0), Decision::Retry(ms(5))),
            (2, ms(5), Decision::Retry(ms(50))),
            (3, ms(55), Decision::Retry(ms(500))),
        ];
        assert_eq!(told, expected);
        assert_eq!(*op.starts.borrow(), [ms(0), ms(5), ms(55), ms(555)]);
    });
}

#[test]
fn a_rejected_error_is_not_retried() {
    paused(async {
        let op = Flaky::default();
        let policy = Policy::new(constant(ms(1)).attempts(9)).when(|number: &u32| *number < 3);
        assert_eq!(retry(&policy, || op.call(9)).await, Err(3));
        let op = Flaky::default();
        assert_eq!(retry(&policy, || op.call(9)).when(|number| *number < 2).await, Err(2));
    });
}

#[test]
fn until_retries_values_and_leaves_errors_to_the_policy() {
    paused(async {
        let policy = Policy::new(constant(ms(1)).attempts(9)).when(|number: &u32| *number < 2);
        let op = Flaky::default();
        assert_eq!(retry(&policy, || op.call(1)).until(|number| *number == 4).await, Ok(4));
        let op = Flaky::default();
        assert_eq!(retry(&policy, || op.call(2)).until(|number| *number == 4).await, Err(2));
        let op = Flaky::default();
        let patient = policy.until(|number: &u32| *number == 3);
        assert_eq!(retry(&patient, || op.call(0)).await, Ok(3));
        // In whichever order, and wherever, the two are said.
        let op = Flaky::default();
        assert_eq!(retry(&patient, || op.call(2)).when(|_| true).await, Ok(3));
        let op = Flaky::default();
        let call = retry(&policy, || op.call(2)).until(|number| *number == 5).when(|_| true);
        assert_eq!(call.await, Ok(5));
        let op = Flaky::default();
        let call = retry(&policy, || op.call(2)).when(|_| true).until(|number| *number == 5);
        assert_eq!(call.await, Ok(5));
    });
}

#[test]
fn any_type_of_outcome_can_be_classified() {
    paused(async {
        let calls = Cell::new(0);
        let outcome: Option<u8> = retry(constant(ms(1)).attempts(5), || {
            calls.set(calls.get() + 1);
            ready((calls.get() == 3).then_some(3))
        })
        .classify(|outcome| if outcome.is_some() { Verdict::Accept } else { Verdict::retry() })
        .await;
        assert_eq!(outcome, Some(3));
    });
}

#[test]
fn every_way_to_hold_a_policy_is_accepted() {
    paused(async {
        let backoff = constant(ms(1)).attempts(3);
        let policy = Policy::new(backoff);
        let boxed: Box<dyn Backoff> = Box::new(backoff);
        let shared: Arc<dyn Backoff> = Arc::new(backoff);
        let borrowed: &dyn Backoff = &backoff;
        let op = Flaky::default();
        let again = || op.call(99);
        assert_eq!(retry(backoff, again).await, Err(3));
        assert_eq!(retry(&backoff, again).await, Err(6));
        assert_eq!(retry(policy, again).await, Err(9));
        assert_eq!(retry(&policy, again).await, Err(12));
        assert_eq!(retry(Arc::new(policy), again).await, Err(15));
        assert_eq!(retry(boxed, again).await, Err(18));
        assert_eq!(retry(shared, again).await, Err(21));
        assert_eq!(retry(borrowed, again).await, Err(24));
        assert_eq!(retry(&Policy::new(borrowed), again).await, Err(27));
    });
}

#[test]
fn a_deadline_counts_attempts_and_sleeps_and_stops_before_a_doomed_sleep() {
    // P4, P6, P9: 100 ms attempts, 100 ms delays; at 300 ms the next attempt would start at 400 ms.
    for (limit, calls) in [(ms(400), 2), (ms(401), 3), (ms(0), 1), (Duration::MAX, 9)] {
        for outside in [true, false] {
            let op = Flaky::default();
            paused(async {
                let again = || op.run(99, ms(100));
                let report = if outside {
                    retry(constant(ms(100)).attempts(9).within(limit), again).report().await
                } else {
                    retry(constant(ms(100)).within(limit).attempts(9), again).report().await
                };
                assert_eq!(report.attempts, calls);
                let expected = if calls == 9 { Reason::Attempts } else { Reason::Deadline };
                assert_eq!(report.reason, expected, "{limit:?}");
            });
        }
    }
}

#[test]
fn a_deadline_is_held_against_the_delay_that_is_slept() {
    // Jitter and hints act after `within` here, and count all the same.
    paused(async {
        let long = Verdict::retry().with_hint(Hint::AtLeast(ms(900)));
        let op = Flaky::default();
        let report = retry(constant(ms(100)).within(ms(800)).attempts(3), || op.call(9))
            .classify(move |_| long)
            .report()
            .await;
        assert_eq!((report.attempts, report.reason, report.slept), (1, Reason::Deadline, ms(0)));

        let op = Flaky::default();
        let spread = constant(ms(1000)).within(ms(900)).full_jitter().attempts(2);
        let reasons: Vec<_> = {
            let mut reasons = Vec::new();
            for seed in 0..64 {
                reasons.push(retry(spread, || op.call(u32::MAX)).seed(seed).report().await.reason);
            }
            reasons
        };
        assert!(reasons.contains(&Reason::Attempts), "delays below 900 ms fit");
        assert!(reasons.contains(&Reason::Deadline), "delays from 900 ms on do not");
    });
}

#[test]
fn the_story_of_a_call_is_in_its_report() {
    // Q10
    paused(async {
        let op = Flaky::default();
        let report = retry(exponential(ms(10)).attempts(3), || op.run(9, ms(100))).report().await;
        assert_eq!(report.outcome, Err(3));
        assert_eq!((report.attempts, report.elapsed, report.slept), (3, ms(330), ms(30)));
        assert_eq!(report.reason, Reason::Attempts);
        let gave_up = report.into_result().unwrap_err();
        assert_eq!((gave_up.source, gave_up.attempts, gave_up.elapsed), (3, 3, ms(330)));

        let op = Flaky::default();
        let report = retry(exponential(ms(10)).attempts(3), || op.run(1, ms(100))).report().await;
        assert_eq!((report.outcome, report.reason), (Ok(2), Reason::Accepted));
        assert_eq!(report.elapsed, ms(210));
        assert_eq!(report.into_result(), Ok(2));
    });
}

#[test]
fn hints_shift_a_delay_and_never_create_one() {
    // P2, P3, Q13
    let hinted = |hint| move |_: &Result<u32, u32>| Verdict::retry().with_hint(hint);
    for (hint, attempts, slept, reason) in [
        (Hint::AtLeast(ms(3)), 3, ms(20), Reason::Attempts),
        (Hint::AtLeast(ms(70)), 3, ms(140), Reason::Attempts),
        (Hint::Exactly(ms(3)), 3, ms(6), Reason::Attempts),
        (Hint::Exactly(ms(0)), 3, ms(0), Reason::Attempts),
        (Hint::AtLeast(ms(30_000)), 3, ms(60_000), Reason::Attempts),
        (Hint::AtLeast(ms(30_001)), 1, ms(0), Reason::HintTooLong),
        (Hint::Exactly(Duration::MAX), 1, ms(0), Reason::HintTooLong),
        (Hint::Never, 1, ms(0), Reason::HintForbids),
    ] {
        let op = Flaky::default();
        let policy = Policy::new(constant(ms(10)).attempts(3)).classify(classify_fn(hinted(hint)));
        let report = paused(async { retry(&policy, || op.call(99)).report().await });
        assert_eq!((report.attempts, report.slept, report.reason), (attempts, slept, reason), "{hint:?}");
    }
    let op = Flaky::default();
    let patient = Policy::new(constant(ms(10)).attempts(3))
        .classify(classify_fn(hinted(Hint::Exactly(ms(40_000)))))
        .max_hint(Duration::MAX);
    let report = paused(async { retry(&patient, || op.call(99)).report().await });
    assert_eq!((report.attempts, report.slept), (3, ms(80_000)));
}

#[test]
fn the_discarded_outcome_is_dropped_before_the_sleep() {
    // P28, E10: neither the outcome nor the future of an attempt outlives it.
    paused(async {
        let held = Rc::new(());
        let counts = RefCell::new(Vec::new());
        struct Watching<'a>(Rc<()>, &'a RefCell<Vec<usize>>);
        impl Timer for Watching<'_> {
            type Sleep = <Tokio as Timer>::Sleep;
            fn sleep(&self, delay: Duration) -> Self::Sleep {
                self.1.borrow_mut().push(Rc::strong_count(&self.0));
                Tokio.sleep(delay)
            }
            fn now(&self) -> Stamp {
                Tokio.now()
            }
        }
        let operation = || {
            let held = Rc::clone(&held);
            async move { Err::<(), _>(held) }
        };
        let timer = Watching(Rc::clone(&held), &counts);
        let outcome = Retry::new(constant(ms(1)).attempts(3), operation, timer).await;
        assert_eq!(*counts.borrow(), [2, 2], "only `held` and the timer's own");
        assert!(Rc::ptr_eq(&outcome.unwrap_err(), &held));
    });
}

/// An operation with all its optional methods.
#[derive(Default)]
struct Choosy {
    readied: u32,
    started: Vec<Attempt>,
    repeats: u32,
}

impl Shape for &mut Choosy {
    type Future = Ready<Result<(), &'static str>>;
}

impl Operation for &mut Choosy {
    type Outcome = Result<(), &'static str>;

    fn poll_ready(&mut self, context: &mut Context<'_>) -> Poll<Result<(), Self::Outcome>> {
        self.readied += 1;
        if self.readied % 2 == 1 {
            context.waker().wake_by_ref();
            return Poll::Pending;
        }
        if self.readied == 6 { Poll::Ready(Err(Err("not ready"))) } else { Poll::Ready(Ok(())) }
    }

    fn start(&mut self, attempt: Attempt) -> Self::Future {
        self.started.push(attempt);
        ready(Err("failed"))
    }

    fn settle(&mut self, output: Self::Outcome) -> Self::Outcome {
        output
    }

    fn again(&mut self) -> Result<(), Reason> {
        self.repeats += 1;
        if self.repeats < 3 { Ok(()) } else { Err(Reason::NotRepeatable) }
    }
}

#[test]
fn an_operation_says_when_it_is_ready_and_whether_it_can_be_repeated() {
    paused(async {
        let mut operation = Choosy::default();
        let limited = constant(ms(10)).attempts(9).within(ms(100));
        let report = Retry::new(limited, &mut operation, Tokio).report().await;
        assert_eq!(report.outcome, Err("not ready"), "an attempt that could not start is an outcome");
        assert_eq!((report.attempts, report.reason), (3, Reason::NotRepeatable));
        assert_eq!((operation.readied, operation.repeats), (6, 3));
        let seen: Vec<_> = operation
            .started
            .iter()
            .map(|a| (a.number(), a.elapsed(), a.previous_delay(), a.remaining()))
            .collect();
        assert_eq!(seen, [(1, ms(0), ms(0), Some(ms(100))), (2, ms(10), ms(10), Some(ms(90)))]);
    });
}

#[test]
fn without_a_limit_in_time_no_clock_is_read() {
    struct Clockless;
    impl Timer for Clockless {
        type Sleep = Ready<()>;
        fn sleep(&self, _delay: Duration) -> Self::Sleep {
            ready(())
        }
        fn now(&self) -> Stamp {
            panic!("nobody asked for the time")
        }
    }
    paused(async {
        let op = Flaky::default();
        let backoff = exponential(ms(1)).capped(ms(9)).full_jitter().attempts(4);
        assert_eq!(Retry::new(backoff, || op.call(9), Clockless).await, Err(4));
        let op = Flaky::default();
        let unlimited = backoff.within(Duration::MAX);
        assert_eq!(Retry::new(unlimited, || op.call(9), Clockless).await, Err(4));
    });
}

#[test]
fn a_success_with_a_deadline_reads_the_clock_once() {
    struct Counting<'a>(&'a Cell<u32>);
    impl Timer for Counting<'_> {
        type Sleep = Ready<()>;
        fn sleep(&self, _delay: Duration) -> Self::Sleep {
            ready(())
        }
        fn now(&self) -> Stamp {
            self.0.set(self.0.get() + 1);
            Stamp::default()
        }
    }
    paused(async {
        let (op, reads) = (Flaky::default(), Cell::new(0));
        let backoff = constant(ms(1)).within(ms(100));
        assert_eq!(Retry::new(backoff, || op.call(0), Counting(&reads)).await, Ok(1));
        assert_eq!(reads.get(), 1, "when the call begins");
    });
}

#[test]
fn a_clock_that_stands_still_or_goes_back_stretches_nothing() {
    // P35, Q12
    struct Jumping<'a>(&'a Cell<i64>, &'a RefCell<Vec<Duration>>);
    impl Timer for Jumping<'_> {
        type Sleep = Ready<()>;
        fn sleep(&self, delay: Duration) -> Self::Sleep {
            self.1.borrow_mut().push(delay);
            ready(())
        }
        fn now(&self) -> Stamp {
            let now = self.0.get();
            self.0.set(now.saturating_sub(i64::MAX / 3));
            Stamp::from_nanos(now)
        }
    }
    paused(async {
        let (op, now, slept) = (Flaky::default(), Cell::new(0), RefCell::default());
        let backoff = exponential(ms(10)).capped(ms(25)).attempts(5).within(ms(1_000));
        assert_eq!(Retry::new(backoff, || op.call(9), Jumping(&now, &slept)).await, Err(5));
        assert_eq!(*slept.borrow(), [ms(10), ms(20), ms(25), ms(25)]);
    });
}

#[test]
fn a_million_ready_retries_run_in_constant_stack_and_let_others_run() {
    // P29, P30
    struct Instant;
    impl Timer for Instant {
        type Sleep = Ready<()>;
        fn sleep(&self, _delay: Duration) -> Self::Sleep {
            ready(())
        }
        fn now(&self) -> Stamp {
            Stamp::default()
        }
    }
    let calls = Cell::new(0_u32);
    let operation = || {
        calls.set(calls.get() + 1);
        ready(Err::<(), ()>(()))
    };
    let mut call = Box::pin(Retry::new(constant(ms(0)).attempts(1_000_000), operation, Instant));
    let mut context = Context::from_waker(std::task::Waker::noop());
    let mut polls = 0;
    while call.as_mut().poll(&mut context).is_pending() {
        polls += 1;
    }
    assert_eq!(calls.get(), 1_000_000);
    assert!(polls >= 1_000_000 / 64, "{polls} pauses");
}

#[test]
fn a_call_can_sleep_practically_for_ever() {
    // P8
    paused(async {
        let op = Flaky::default();
        let mut call = Box::pin(retry(constant(Duration::MAX).attempts(2), || op.call(9)));
        let mut context = Context::from_waker(std::task::Waker::noop());
        assert!(call.as_mut().poll(&mut context).is_pending());
        assert_eq!(op.calls.get(), 1);
    });
}

#[test]
fn a_panic_of_a_closure_comes_out_and_leaves_the_policy_usable() {
    // P52, E13
    let panicky = Policy::new(constant(ms(1)).attempts(3)).when(|number: &u32| {
        assert_ne!(*number, 2, "boom");
        true
    });
    let panicked = std::panic::catch_unwind(std::panic::AssertUnwindSafe(|| {
        let op = Flaky::default();
        paused(async { retry(&panicky, || op.call(9)).await })
    }));
    let message = *panicked.unwrap_err().downcast::<String>().expect("a formatted message");
    assert!(message.contains("boom"), "{message}");
    let op = Flaky::default();
    op.calls.set(5);
    assert_eq!(paused(async { retry(&panicky, || op.call(6)).await }), Ok(7));
}

#[test]
#[should_panic(expected = "`Retry` must not be polled after it is done")]
fn polling_after_the_end_says_so() {
    let mut call = Box::pin(retry(constant(ms(0)).attempts(1), || ready(Ok::<(), ()>(()))));
    let mut context = Context::from_waker(std::task::Waker::noop());
    for _ in 0..2 {
        let _ = call.as_mut().poll(&mut context);
    }
}

#[test]
fn an_observer_hears_every_decision_once() {
    // E12, Q11
    struct Log(Mutex<Vec<Decision>>);
    impl persevere::Observer for Log {
        fn observe(&self, event: &Event) {
            self.0.lock().unwrap().push(event.decision);
        }
        fn clock(&self) -> Clock {
            Clock::Unused
        }
    }
    paused(async {
        let log = Arc::new(Log(Mutex::default()));
        let policy = Policy::new(constant(ms(4)).attempts(9)).observe(Arc::clone(&log));
        let op = Flaky::default();
        assert_eq!(retry(&policy, || op.call(1)).await, Ok(2));
        assert_eq!(
            std::mem::take(&mut *log.0.lock().unwrap()),
            [Decision::Retry(ms(4)), Decision::Stop(Reason::Accepted)]
        );
        let op = Flaky::default();
        assert_eq!(retry(&policy, || op.call(1)).when(|_| false).await, Err(1));
        assert_eq!(std::mem::take(&mut *log.0.lock().unwrap()), [Decision::Stop(Reason::Rejected)]);
    });
}

#[test]
fn the_classifier_is_asked_once_for_each_attempt() {
    // E7
    struct Counting(AtomicU32);
    impl Classifier<Result<u32, u32>> for Counting {
        fn classify(&self, outcome: &Result<u32, u32>) -> Verdict {
            self.0.fetch_add(1, Ordering::Relaxed);
            if outcome.is_ok() { Verdict::Accept } else { Verdict::retry() }
        }
    }
    paused(async {
        let op = Flaky::default();
        let counting = Arc::new(Counting(AtomicU32::new(0)));
        let policy = Policy::new(constant(ms(4)).attempts(9)).classify(Arc::clone(&counting));
        assert_eq!(retry(&policy, || op.call(3)).await, Ok(4));
        assert_eq!(counting.0.load(Ordering::Relaxed), 4);
    });
}

#[test]
fn a_call_can_have_a_deadline_of_its_own() {
    paused(async {
        let policy = Policy::new(constant(ms(100)).attempts(9).within(ms(500)));
        for (limit, attempts) in [(ms(0), 1), (ms(250), 3), (ms(300), 3), (ms(301), 4), (Duration::MAX, 5)] {
            let op = Flaky::default();
            let report = retry(&policy, || op.call(99)).within(limit).report().await;
            assert_eq!((report.attempts, report.reason), (attempts, Reason::Deadline), "{limit:?}");
        }
    });
}
