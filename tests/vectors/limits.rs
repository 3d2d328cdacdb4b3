//! Limits, counts of calls and starting over, as in other systems.

use std::cell::Cell;
use std::time::Duration;

use persevere::testing::{Script, VirtualTime};
use persevere::{
    Attempt, Attempts, Backoff, BackoffExt, Constant, Decision, Hint, Policy, Reason, Retry, Session, Step,
    Verdict, constant, exponential,
};

use crate::support::ms;

/// Whether a call stops at attempt `number` and `elapsed` seconds, retrying at once otherwise.
fn stops(backoff: &dyn Backoff, number: u32, elapsed: f64) -> bool {
    let mut session = Session::new(backoff);
    for _ in 1..number {
        assert!(matches!(session.step(Duration::ZERO, Verdict::retry()), Step::Retry(..)));
    }
    matches!(session.step(Duration::from_secs_f64(elapsed), Verdict::retry()), Step::Stop(_))
}

#[test]
fn limits_are_those_of_other_systems() {
    let at_once = constant(Duration::ZERO);
    // L-05, L-06 (tenacity): stop after 1 s or at the 4th attempt; stop when both have come. The attempt is the one
    // that has just failed.
    let any = at_once.attempts(4).and(at_once.within(ms(1000)));
    let all = at_once.attempts(4).or(at_once.within(ms(1000)));
    for (number, elapsed, by_any, by_all) in [
        (1, 0.1, false, false),
        (2, 0.2, false, false),
        (2, 0.8, false, false),
        (4, 0.8, true, false),
        (3, 1.8, true, false),
        (4, 1.8, true, true),
    ] {
        assert_eq!(stops(&any, number, elapsed), by_any, "L-05: attempt {number} at {elapsed} s");
        assert_eq!(stops(&all, number, elapsed), by_all, "L-06: attempt {number} at {elapsed} s");
    }
    // L-07 (tenacity): the boundary belongs to the stop. L-17 (Effect) goes on there; ours stops.
    for (elapsed, expected) in [(0.999, false), (1.0, true), (1.001, true)] {
        assert_eq!(stops(&at_once.within(ms(1000)), 1, elapsed), expected, "L-07: {elapsed} s");
    }
    // L-09 (Temporal): five minutes allowed, six have passed.
    assert!(stops(&at_once.within(ms(300_000)), 1, 360.0));
    // ALG-06 (Temporal): delays by the error, and a stop at the fourth attempt.
    let mut session = Session::new(constant(ms(1000)).attempts(4));
    let hinted = |seconds| Verdict::retry().with_hint(Hint::Exactly(Duration::from_secs(seconds)));
    let verdicts = [Verdict::retry(), hinted(2), hinted(3), Verdict::retry()];
    let steps = verdicts.map(|verdict| session.step(Duration::ZERO, verdict).decision());
    let [a, b, c] = [1000, 2000, 3000].map(|delay| Decision::Retry(ms(delay)));
    assert_eq!(steps, [a, b, c, Decision::Stop(Reason::Attempts)]);
}

#[test]
fn calls_are_as_many_as_in_other_systems() {
    let time = VirtualTime::new();
    let calls = |backoff: Attempts<Constant>, from: u32| {
        let calls = Cell::new(0);
        let operation = || {
            calls.set(calls.get() + 1);
            async { Err::<(), ()>(()) }
        };
        let call = Retry::new(backoff, operation, time.clone()).resume(&Attempt::new(from));
        assert_eq!(time.run(call), Err(()));
        calls.get()
    };
    let at_once = constant(Duration::ZERO);
    // Haskell's retry: a limit of 2, resumed from iteration 0, 1 and 2.
    assert_eq!([1, 2, 3].map(|from| calls(at_once.retries(2), from)), [3, 2, 1]);
    // lestrrat: four retries are five events. ZIO: `recurs 0` is one call, `once` two. Kubernetes: three steps, three calls;
    // where no step is none there, a call of ours has to end in an outcome.
    assert_eq!(calls(at_once.retries(4), 1), 5);
    assert_eq!([0, 1].map(|retries| calls(at_once.retries(retries), 1)), [1, 2]);
    assert_eq!([3, 0].map(|attempts| calls(at_once.attempts(attempts), 1)), [3, 1]);
}

#[test]
fn a_backoff_starts_over_as_in_other_systems() {
    // E-15 (Kubernetes): doubling from 1 up to 10; after 11 without a failure, with a reset after 10, it is 1 again.
    let second = Duration::from_secs(1);
    let policy = Policy::new(exponential(second).capped(second * 10).attempts(6).reset_after(second * 10));
    let time = VirtualTime::new();
    let script = Script::<(), _>::new(&time);
    let script = (0..5).fold(script, |script, _| script.fails(0)).takes(second * 11).fails(0);
    let script = (0..5).fold(script, |script, _| script.fails(0));
    let _ = time.run(Retry::new(&policy, script.operation(), time.clone()));
    assert_eq!(
        time.sleeps().iter().map(Duration::as_secs).collect::<Vec<_>>(),
        [1, 2, 4, 8, 10, 1, 2, 4, 8, 10]
    );
}
