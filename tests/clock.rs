//! Time: deadlines, and who looks at the clock when.

use std::cell::{Cell, RefCell};
use std::future::{Future, Ready, ready};
use std::sync::Arc;
use std::task::Context;
use std::time::Duration;

use persevere::{
    Attempt, Backoff, BackoffExt, Clock, Failure, Hint, Kind, Policy, Reason, Retry, Stamp, Timer, Verdict,
    constant, decorrelated, exponential, fibonacci, linear, polynomial, retry, sequence,
};

use crate::support::{Flaky, ms, paused};

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

#[test]
fn the_clock_of_a_call_starts_at_its_first_poll() {
    // P9
    paused(async {
        let op = Flaky::default();
        let call = retry(constant(ms(10)).attempts(2).within(ms(100)), || op.call(9)).report();
        tokio::time::advance(ms(5_000)).await;
        let report = call.await;
        assert_eq!((report.attempts, report.elapsed), (2, ms(10)));
    });
}

#[test]
fn growth_needs_no_clock() {
    for backoff in [
        &constant(ms(1)) as &dyn Backoff,
        &linear(ms(1)),
        &polynomial(ms(1), 2),
        &exponential(ms(1)),
        &fibonacci(ms(1)),
        &decorrelated(ms(1), ms(9)),
        &sequence([ms(1)]),
    ] {
        assert_eq!(backoff.needs().clock, Clock::Unused);
    }
}

#[test]
fn every_wrapper_passes_a_deadline_on() {
    // A wrapper that did not would make the deadline inside it an empty word.
    let inside = constant(ms(1)).within(ms(100));
    let wrapped: [&dyn Backoff; 16] = [
        &&inside,
        &Box::new(inside),
        &std::rc::Rc::new(inside),
        &Arc::new(inside),
        &inside.capped(ms(1)),
        &inside.floor(ms(1)),
        &inside.full_jitter(),
        &inside.equal_jitter(),
        &inside.proportional_jitter(0.5).expect("a fraction"),
        &inside.attempts(3),
        &inside.retries(3),
        &inside.within(ms(200)),
        &inside.and(constant(ms(1))),
        &constant(ms(1)).and(inside),
        &inside.or(inside),
        &inside.then(1, inside).by_kind(Kind::Throttled, inside),
    ];
    for backoff in wrapped {
        assert_eq!(backoff.needs().clock, Clock::Deadline(ms(100)));
    }
    assert_eq!(inside.within(ms(50)).needs().clock, Clock::Deadline(ms(50)));
    assert_eq!(inside.or(constant(ms(1))).needs().clock, Clock::Read, "each side holds its own");
    // A deadline that has passed is a stop also for whoever asks the backoff alone.
    let late = Failure::new(Attempt::new(1).with_elapsed(ms(100)), 0);
    assert_eq!(inside.decide(&late).delay(), None);
}
