//! The executor: how often it attempts, when it sleeps, what it returns.

use std::cell::{Cell, RefCell};
use std::future::{Ready, ready};
use std::rc::Rc;
use std::sync::atomic::{AtomicU32, Ordering};
use std::sync::{Arc, Mutex};
use std::task::{Context, Wake, Waker};
use std::time::Duration;

use persevere::{
    Backoff, BackoffExt, Classifier, Clock, Decision, Event, Policy, Reason, Retry, Stamp, Timer, Tokio,
    Verdict, constant, exponential, retry, sequence,
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

#[test]
#[should_panic(expected = "`Retry` must not be polled after it is done")]
fn polling_after_the_end_says_so() {
    let mut call = Box::pin(retry(constant(ms(0)).attempts(1), || ready(Ok::<(), ()>(()))));
    let mut context = Context::from_waker(Waker::noop());
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
fn a_million_ready_retries_run_in_constant_stack_and_let_others_run() {
    // P29, P30, E16: 64 attempts for each poll, and a wake-up after each of them.
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
    #[derive(Default)]
    struct Woken(AtomicU32);
    impl Wake for Woken {
        fn wake(self: Arc<Self>) {
            self.0.fetch_add(1, Ordering::Relaxed);
        }
    }
    let calls = Cell::new(0_u32);
    let operation = || {
        calls.set(calls.get() + 1);
        ready(Err::<(), ()>(()))
    };
    let mut call = Box::pin(Retry::new(constant(ms(0)).attempts(1_000_000), operation, Instant));
    let woken = Arc::new(Woken::default());
    let waker = Waker::from(Arc::clone(&woken));
    let mut context = Context::from_waker(&waker);
    let mut polls = 0;
    while call.as_mut().poll(&mut context).is_pending() {
        polls += 1;
        assert_eq!(calls.get(), polls * 64);
        assert_eq!(woken.0.load(Ordering::Relaxed), polls, "nobody else would poll it again");
    }
    assert_eq!((calls.get(), polls), (1_000_000, (1_000_000 - 1) / 64));
}
