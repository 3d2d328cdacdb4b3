//! A panic of whatever a user hands in comes out, and leaves everything as if the call had been dropped.

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::task::{Context, Poll};
use std::time::Duration;

use persevere::testing::{Script, ScriptFuture, VirtualSleep, VirtualTime};
use persevere::{
    Attempt, Backoff, BackoffExt, Budget, Decision, Kind, Operation, Permit, Policy, Reason, Retry, Shape,
    Stamp, Timer, TokenBudget, TokenPermit, Verdict, classify_fn, constant, from_fn, observe_fn, retry,
};

use crate::support::{Flaky, ms, paused};

/// Where a call calls what it was given.
#[derive(Clone, Copy, Debug, PartialEq)]
enum Place {
    Ready,
    Start,
    Attempt,
    Settle,
    Classify,
    Decide,
    Withdraw,
    Again,
    Observe,
    Discard,
    Sleep,
    Spend,
    Nowhere,
}

/// Panics if it is here that it should.
#[derive(Clone, Copy)]
struct Bomb(Place);

impl Bomb {
    fn at(self, place: Place) {
        assert_ne!(self.0, place, "boom");
    }
}

/// An operation of which each method may panic.
struct Armed<F>(Bomb, F);

impl<F: FnMut() -> ScriptFuture<u8, u8>> Shape for Armed<F> {
    type Future = ScriptFuture<u8, u8>;
}

impl<F: FnMut() -> ScriptFuture<u8, u8>> Operation for Armed<F> {
    type Outcome = Result<u8, u8>;

    fn poll_ready(&mut self, _: &mut Context<'_>) -> Poll<Result<(), Self::Outcome>> {
        self.0.at(Place::Ready);
        Poll::Ready(Ok(()))
    }

    fn start(&mut self, _: Attempt) -> Self::Future {
        self.0.at(Place::Start);
        (self.1)()
    }

    fn settle(&mut self, output: Self::Outcome) -> Self::Outcome {
        self.0.at(Place::Settle);
        output
    }

    fn again(&mut self) -> Result<(), Reason> {
        self.0.at(Place::Again);
        Ok(())
    }

    fn discard(&mut self, _: Self::Outcome) {
        self.0.at(Place::Discard);
    }
}

/// A budget and a timer that may panic.
#[derive(Clone)]
struct Shaky<T>(Bomb, T);

/// What it gives.
struct ShakyPermit(Bomb, TokenPermit);

impl Budget for Shaky<TokenBudget> {
    type Permit = ShakyPermit;

    fn withdraw(&self, kind: Kind, now: Stamp) -> Option<ShakyPermit> {
        self.0.at(Place::Withdraw);
        self.1.withdraw(kind, now).map(|permit| ShakyPermit(self.0, permit))
    }
}

impl Permit for ShakyPermit {
    fn spend(self) {
        self.0.at(Place::Spend);
        self.1.spend();
    }
}

impl Timer for Shaky<VirtualTime> {
    type Sleep = VirtualSleep;

    fn sleep(&self, delay: Duration) -> VirtualSleep {
        self.0.at(Place::Sleep);
        self.1.sleep(delay)
    }

    fn now(&self) -> Stamp {
        self.1.now()
    }
}

/// One failure and a success, with a panic somewhere; whether it came out, and what is left.
fn run(place: Place, backoff: impl Backoff) -> (bool, TokenBudget, usize, usize) {
    let (bomb, time) = (Bomb(place), VirtualTime::new());
    let budget = TokenBudget::new(1, 0.0).expect("within bounds");
    let script = Script::new(&time).takes(ms(1));
    let script = if place == Place::Attempt { script.panics("boom") } else { script.fails(1) };
    let script = script.takes(ms(1)).succeeds(2);
    let policy = Policy::new(backoff)
        .classify(classify_fn(move |outcome: &Result<u8, u8>| {
            bomb.at(Place::Classify);
            Verdict::accept_if(outcome.is_ok())
        }))
        .observe(observe_fn(move |_| bomb.at(Place::Observe)))
        .budget(Shaky(bomb, budget.clone()));
    let operation = Armed(bomb, script.operation());
    let call = Retry::new(&policy, operation, Shaky(bomb, time.clone()));
    let panicked = catch_unwind(AssertUnwindSafe(|| time.run(call))).is_err();
    (panicked, budget, script.alive(), time.armed())
}

#[test]
fn a_panic_anywhere_comes_out_and_leaves_neither_attempt_nor_sleep_nor_permit() {
    // P52, E13, Q9
    for place in [
        Place::Ready,
        Place::Start,
        Place::Attempt,
        Place::Settle,
        Place::Classify,
        Place::Decide,
        Place::Withdraw,
        Place::Again,
        Place::Observe,
        Place::Discard,
        Place::Sleep,
        Place::Spend,
    ] {
        let backoff = from_fn(move |_| {
            Bomb(place).at(Place::Decide);
            Decision::Retry(ms(5))
        });
        let (panicked, budget, alive, armed) = run(place, backoff.attempts(3));
        assert!(panicked, "{place:?}");
        assert_eq!((alive, armed), (0, 0), "{place:?}");
        assert!((budget.available() - 1.0).abs() < 1e-9, "{place:?}: no attempt was started for the permit");
    }
    let (panicked, budget, alive, armed) = run(Place::Nowhere, constant(ms(5)).attempts(3));
    assert!(!panicked && budget.available() < 1.0, "the retry has cost its token");
    assert_eq!((alive, armed), (0, 0));
}

#[test]
fn a_panic_of_a_closure_comes_out_and_leaves_the_policy_usable() {
    // P52, E13
    let panicky = Policy::new(constant(ms(1)).attempts(3)).when(|number: &u32| {
        assert_ne!(*number, 2, "boom");
        true
    });
    let panicked = catch_unwind(AssertUnwindSafe(|| {
        let op = Flaky::default();
        paused(async { retry(&panicky, || op.call(9)).await })
    }));
    let message = *panicked.unwrap_err().downcast::<String>().expect("a formatted message");
    assert!(message.contains("boom"), "{message}");
    let op = Flaky::default();
    op.calls.set(5);
    assert_eq!(paused(async { retry(&panicky, || op.call(6)).await }), Ok(7));
}
