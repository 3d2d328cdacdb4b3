//! Operations that say when they are ready and whether they can run again.

use std::cell::Cell;
use std::future::{Ready, ready};
use std::task::{Context, Poll};

use persevere::{
    Attempt, BackoffExt, Operation, Policy, Reason, Retry, Shape, Tokio, Verdict, classify_fn, constant,
};

use crate::support::{ms, paused};

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

/// Fails, and counts how often it is asked whether it can run again.
struct Asked<'a>(&'a Cell<u32>);

impl Shape for Asked<'_> {
    type Future = Ready<Result<(), ()>>;
}

impl Operation for Asked<'_> {
    type Outcome = Result<(), ()>;

    fn start(&mut self, _attempt: Attempt) -> Self::Future {
        ready(Err(()))
    }

    fn settle(&mut self, output: Self::Outcome) -> Self::Outcome {
        output
    }

    fn again(&mut self) -> Result<(), Reason> {
        self.0.set(self.0.get() + 1);
        Ok(())
    }
}

#[test]
fn an_operation_is_asked_last() {
    // A yes lets go of the running attempt, so it must not be asked for nothing.
    paused(async {
        let asked = Cell::new(0);
        let _ = Retry::new(constant(ms(10)).attempts(3), Asked(&asked), Tokio).await;
        assert_eq!(asked.replace(0), 2, "not when the attempts are used up");
        let _ = Retry::new(constant(ms(10)).within(ms(15)), Asked(&asked), Tokio).await;
        assert_eq!(asked.replace(0), 1, "not when the deadline would pass");
        let reject =
            Policy::new(constant(ms(10))).classify(classify_fn(|_: &Result<(), ()>| Verdict::Reject));
        let _ = Retry::new(&reject, Asked(&asked), Tokio).await;
        assert_eq!(asked.replace(0), 0, "not when the outcome is rejected");
        let empty = persevere::TokenBudget::new(1, 0.0).expect("within bounds");
        let poor = Policy::new(constant(ms(10))).budget(empty);
        let _ = Retry::new(&poor, Asked(&asked), Tokio).await;
        assert_eq!(asked.replace(0), 1, "not when the budget is used up");
    });
}

/// Ready only after a while, and takes note of its attempts.
struct Slow<'a>(Option<std::pin::Pin<Box<dyn Future<Output = ()> + 'a>>>, &'a Cell<Option<Attempt>>);

impl Shape for Slow<'_> {
    type Future = Ready<Result<(), ()>>;
}

impl Operation for Slow<'_> {
    type Outcome = Result<(), ()>;

    fn poll_ready(&mut self, context: &mut Context<'_>) -> Poll<Result<(), Self::Outcome>> {
        let waited = self.0.as_mut().map_or(Poll::Ready(()), |wait| wait.as_mut().poll(context));
        if waited.is_ready() {
            self.0 = None;
        }
        waited.map(Ok)
    }

    fn start(&mut self, attempt: Attempt) -> Self::Future {
        self.1.set(Some(attempt));
        ready(Ok(()))
    }

    fn settle(&mut self, output: Self::Outcome) -> Self::Outcome {
        output
    }
}

#[test]
fn a_first_attempt_that_had_to_wait_knows_how_long() {
    // P5: what remains is what remains when the attempt starts.
    paused(async {
        let seen = Cell::new(None);
        let wait = persevere::Timer::sleep(&Tokio, ms(5_000));
        let slow = Slow(Some(Box::pin(wait)), &seen);
        let _ = Retry::new(constant(ms(1)).within(ms(10_000)), slow, Tokio).await;
        let attempt = seen.get().expect("it ran");
        assert_eq!(
            (attempt.number(), attempt.elapsed(), attempt.remaining()),
            (1, ms(5_000), Some(ms(5_000)))
        );
    });
}
