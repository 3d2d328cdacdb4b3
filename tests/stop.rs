//! The signal to stop: what it ends, and what it leaves alone.

use std::cell::{Cell, RefCell};
use std::future::{Future, Ready, ready};
use std::pin::pin;
use std::rc::Rc;
use std::task::{Context, Poll, Waker};
use std::time::Duration;

use persevere::testing::VirtualTime;
use persevere::{
    Attempt, BackoffExt, Decision, Observer, Operation, Policy, Reason, Retry, Shape, TokenBudget, constant,
    retry,
};
use tokio::sync::oneshot;

use crate::support::{Flaky, ms, paused};

/// Completes when the sender says so, or is gone.
async fn told(receiver: oneshot::Receiver<()>) {
    let _ = receiver.await;
}

async fn after(time: Duration) {
    persevere::Timer::sleep(&persevere::Tokio, time).await;
}

#[test]
fn a_sleep_ends_at_once_and_the_last_outcome_comes_back() {
    paused(async {
        let op = Flaky::default();
        let call = retry(constant(ms(1_000)).attempts(9), || op.call(99)).stop_on(after(ms(2_500))).report();
        let report = call.await;
        assert_eq!((report.outcome, report.attempts, report.reason), (Err(3), 3, Reason::Stopped));
        assert_eq!(report.elapsed, ms(2_500));
    });
}

#[test]
fn a_running_attempt_is_left_alone() {
    paused(async {
        let op = Flaky::default();
        let call =
            retry(constant(ms(1)).attempts(9), || op.run(99, ms(1_000))).stop_on(after(ms(10))).report();
        let report = call.await;
        assert_eq!((report.outcome, report.attempts, report.reason), (Err(1), 1, Reason::Stopped));
        assert_eq!(report.elapsed, ms(1_000));
        let op = Flaky::default();
        let call = retry(constant(ms(1)).attempts(9), || op.run(0, ms(1_000))).stop_on(after(ms(10)));
        assert_eq!(call.await, Ok(1), "and may succeed");
    });
}

#[test]
fn a_signal_that_never_comes_changes_nothing() {
    paused(async {
        let op = Flaky::default();
        let call =
            retry(constant(ms(10)).attempts(4), || op.call(99)).stop_on(std::future::pending()).report();
        let report = call.await;
        assert_eq!((report.attempts, report.reason, report.elapsed), (4, Reason::Attempts, ms(30)));
    });
}

#[test]
fn the_permit_of_a_stopped_sleep_comes_back_and_the_observer_hears_of_it() {
    struct Log<'a>(&'a RefCell<Vec<(u32, Decision)>>);
    impl Observer for Log<'_> {
        fn observe(&self, event: &persevere::Event) {
            self.0.borrow_mut().push((event.attempt.number(), event.decision));
        }
    }
    paused(async {
        let (log, budget) = (RefCell::default(), TokenBudget::new(5, 0.0).expect("within bounds"));
        let policy = Policy::new(constant(ms(1_000)).attempts(9)).budget(budget.clone()).observe(Log(&log));
        let (stop, signal) = oneshot::channel();
        let op = Flaky::default();
        let call = retry(&policy, || op.call(99)).stop_on(told(signal));
        let stopper = async {
            after(ms(1)).await;
            assert!((budget.available() - 4.0).abs() < 1e-9);
            let _ = stop.send(());
        };
        let (outcome, ()) = tokio::join!(call, stopper);
        assert_eq!(outcome, Err(1));
        assert!((budget.available() - 5.0).abs() < 1e-9);
        let expected = [(1, Decision::Retry(ms(1_000))), (1, Decision::Stop(Reason::Stopped))];
        assert_eq!(log.take(), expected);
    });
}

#[test]
fn the_kept_outcome_is_gone_before_the_next_attempt() {
    paused(async {
        let alive = Rc::new(());
        let most = Cell::new(0);
        let operation = || {
            most.set(most.get().max(Rc::strong_count(&alive)));
            let held = Rc::clone(&alive);
            async move { Err::<(), _>(held) }
        };
        let call = retry(constant(ms(1)).attempts(4), operation).stop_on(std::future::pending());
        let _ = call.await;
        assert_eq!(most.get(), 1, "the test's own alone");
    });
}

/// Fails, and counts what comes back to it.
struct Collector<'c>(&'c Cell<u32>);

impl Shape for Collector<'_> {
    type Future = Ready<Result<(), u32>>;
}

impl Operation for Collector<'_> {
    type Outcome = Result<(), u32>;

    fn start(&mut self, attempt: Attempt) -> Self::Future {
        assert_eq!(self.0.get(), attempt.number() - 1, "each outcome comes back before the next attempt");
        ready(Err(attempt.number()))
    }

    fn settle(&mut self, output: Self::Outcome) -> Self::Outcome {
        output
    }

    fn discard(&mut self, outcome: Self::Outcome) {
        assert_eq!(outcome, Err(self.0.get() + 1));
        self.0.set(self.0.get() + 1);
    }
}

#[test]
fn an_operation_gets_back_what_another_attempt_replaces() {
    paused(async {
        let count = Cell::new(0);
        let call = Retry::new(constant(ms(1)).attempts(4), Collector(&count), persevere::Tokio);
        assert_eq!((call.stop_on(std::future::pending()).await, count.get()), (Err(4), 3));
    });
}

/// Ready twice, then not: each attempt after that ends before it starts.
struct Unready<'a> {
    discarded: &'a RefCell<Vec<u32>>,
    asked: u32,
}

impl Shape for Unready<'_> {
    type Future = Ready<Result<(), u32>>;
}

impl Operation for Unready<'_> {
    type Outcome = Result<(), u32>;

    fn poll_ready(&mut self, _: &mut Context<'_>) -> Poll<Result<(), Self::Outcome>> {
        self.asked += 1;
        Poll::Ready(if self.asked > 2 { Err(Err(self.asked)) } else { Ok(()) })
    }

    fn start(&mut self, attempt: Attempt) -> Self::Future {
        ready(Err(attempt.number()))
    }

    fn settle(&mut self, output: Self::Outcome) -> Self::Outcome {
        output
    }

    fn discard(&mut self, outcome: Self::Outcome) {
        self.discarded.borrow_mut().extend(outcome.err());
    }
}

#[test]
fn an_operation_gets_back_every_outcome_also_of_attempts_that_could_not_start() {
    paused(async {
        for stoppable in [false, true] {
            let discarded = RefCell::default();
            let operation = Unready { discarded: &discarded, asked: 0 };
            let call = Retry::new(constant(ms(1)).attempts(5), operation, persevere::Tokio);
            let outcome = if stoppable { call.stop_on(std::future::pending()).await } else { call.await };
            assert_eq!((outcome, discarded.into_inner()), (Err(5), vec![1, 2, 3, 4]), "{stoppable}");
        }
    });
}

#[test]
fn a_stop_and_a_timeout_go_together() {
    paused(async {
        let hang = || std::future::pending::<std::io::Result<()>>();
        let call =
            retry(constant(ms(100)).attempts(9), hang).stop_on(after(ms(250))).attempt_timeout(ms(100));
        let report = call.report().await;
        assert_eq!((report.attempts, report.elapsed, report.reason), (2, ms(300), Reason::Stopped));
        let call =
            retry(constant(ms(100)).attempts(9), hang).attempt_timeout(ms(100)).stop_on(after(ms(250)));
        assert_eq!(call.report().await.attempts, 2);
    });
}

/// Starts when its gate is open, fails, and knows when no attempt shall follow.
#[derive(Default)]
struct Gate {
    open: Cell<bool>,
    stop: Cell<bool>,
    started: Cell<u32>,
}

impl Shape for &Gate {
    type Future = Ready<Result<(), &'static str>>;
}

impl Operation for &Gate {
    type Outcome = Result<(), &'static str>;

    fn poll_ready(&mut self, _context: &mut Context<'_>) -> Poll<Result<(), Self::Outcome>> {
        if self.open.get() { Poll::Ready(Ok(())) } else { Poll::Pending }
    }

    fn start(&mut self, _attempt: Attempt) -> Self::Future {
        self.started.set(self.started.get() + 1);
        ready(Err("failed"))
    }

    fn settle(&mut self, output: Self::Outcome) -> Self::Outcome {
        output
    }

    fn poll_stopped(&mut self, _context: &mut Context<'_>) -> Poll<Self::Outcome> {
        if self.stop.get() { Poll::Ready(Err("stopped")) } else { Poll::Pending }
    }
}

#[test]
fn a_retry_that_waits_to_be_ready_hears_the_signal_and_holds_its_permit() {
    for (open, stop) in [(true, false), (false, true), (false, false)] {
        let (gate, time) = (Gate { open: true.into(), ..Gate::default() }, VirtualTime::new());
        let budget = TokenBudget::new(1, 0.0).expect("within bounds");
        let policy = Policy::new(constant(ms(1)).attempts(2)).budget(budget.clone());
        let mut call = Box::pin(Retry::new(&policy, &gate, time.clone()));
        let mut poll = || call.as_mut().poll(&mut Context::from_waker(Waker::noop()));
        let left = || budget.available().to_string();
        assert!(poll().is_pending(), "it sleeps");
        gate.open.set(false);
        assert!(time.step() && poll().is_pending(), "the sleep is over, and nothing can start");
        assert_eq!((left().as_str(), gate.started.get()), ("0", 1));

        gate.open.set(open);
        gate.stop.set(stop);
        let (outcome, started, kept) = match (open, stop) {
            (true, _) => (Poll::Ready(Err("failed")), 2, "0"),
            (_, true) => (Poll::Ready(Err("stopped")), 1, "1"),
            (false, false) => (Poll::Pending, 1, "0"),
        };
        assert_eq!((poll(), gate.started.get(), left().as_str()), (outcome, started, kept), "{open}, {stop}");
        drop(call);
        assert_eq!(left(), if open { "0" } else { "1" }, "what was not spent comes back");
    }
}

#[test]
fn a_first_attempt_that_waits_to_be_ready_does_not_hear_the_signal() {
    let (gate, time) = (Gate { stop: true.into(), ..Gate::default() }, VirtualTime::new());
    let mut call = pin!(Retry::new(constant(ms(1)).attempts(2), &gate, time));
    let mut poll = || call.as_mut().poll(&mut Context::from_waker(Waker::noop()));
    assert_eq!((poll(), poll(), gate.started.get()), (Poll::Pending, Poll::Pending, 0));
    gate.open.set(true);
    assert_eq!((poll(), gate.started.get()), (Poll::Ready(Err("stopped")), 1), "after the first attempt");
}
