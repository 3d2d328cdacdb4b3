//! A policy written with public items only: backoff, classifier, observer, timer and operation of a stranger.

use std::cell::RefCell;
use std::future::{Ready, ready};
use std::time::Duration;

use persevere::{
    Attempt, Backoff, BackoffExt, BackoffWrapper, Classifier, Clock, Decision, Event, Failure, Kind, Needs,
    Observer, Operation, Policy, Reason, Retry, Shape, Stamp, Timer, Verdict,
};

use crate::support::{ms, paused};

/// 1 s, 1 s, 5 s, 5 s, …; three times as long for throttled calls.
#[derive(Clone, Debug)]
struct Stairs;

impl Backoff for Stairs {
    fn decide(&self, failure: &Failure) -> Decision {
        let step = if failure.number() <= 2 { ms(1000) } else { ms(5000) };
        Decision::Retry(if failure.kind() == Kind::Throttled { step * 3 } else { step })
    }

    fn needs(&self) -> Needs {
        Needs::NOTHING
    }
}

struct Status(u16);

struct ByStatus;

impl Classifier<Status> for ByStatus {
    fn classify(&self, outcome: &Status) -> Verdict {
        match outcome.0 {
            200 => Verdict::Accept,
            429 => Verdict::retry_as(Kind::Throttled),
            500 => Verdict::retry(),
            _ => Verdict::Reject,
        }
    }
}

struct Log<'a>(&'a RefCell<Vec<String>>);

impl Observer for Log<'_> {
    fn observe(&self, event: &Event) {
        let line = match event.decision {
            Decision::Retry(delay) => format!("{}: again in {delay:?}", event.attempt.number()),
            Decision::Stop(reason) => format!("{}: {reason}", event.attempt.number()),
        };
        self.0.borrow_mut().push(line);
    }
}

struct Replies(Vec<u16>);

impl Shape for Replies {
    type Future = Ready<u16>;
}

impl Operation for Replies {
    type Outcome = Status;

    fn start(&mut self, _attempt: Attempt) -> Ready<u16> {
        ready(self.0.remove(0))
    }

    fn settle(&mut self, code: u16) -> Status {
        Status(code)
    }
}

/// Time that passes only by sleeping.
#[derive(Default)]
struct Imagined(RefCell<Duration>);

impl Timer for &Imagined {
    type Sleep = Ready<()>;

    fn sleep(&self, delay: Duration) -> Ready<()> {
        *self.0.borrow_mut() += delay;
        ready(())
    }

    fn now(&self) -> Stamp {
        Stamp::from_nanos(i64::try_from(self.0.borrow().as_nanos()).expect("a short test"))
    }
}

#[test]
fn every_seam_can_be_filled_from_outside() {
    let (log, time) = (RefCell::default(), Imagined::default());
    let policy = Policy::new(Stairs.attempts(9).within(ms(60_000))).classify(ByStatus).observe(Log(&log));
    let outcome = paused(Retry::new(&policy, Replies(vec![500, 429, 500, 404]), &time));
    assert_eq!(outcome.0, 404);
    assert_eq!(
        log.take(),
        ["1: again in 1s", "2: again in 3s", "3: again in 5s", "4: rejected by the classifier"]
    );
    assert_eq!(*time.0.borrow(), ms(9000));
    assert_eq!(Reason::Deadline.to_string(), "deadline would pass");
}

/// Twice the delay of another backoff.
struct Doubled<B>(B);

impl<B: Backoff> BackoffWrapper for Doubled<B> {
    type Inner = B;

    fn inner(&self) -> &B {
        &self.0
    }

    fn decide_around(&self, failure: &Failure) -> Decision {
        self.0.decide(failure).map(|delay| delay * 2)
    }
}

#[test]
fn a_wrapper_passes_on_what_it_does_not_change() {
    let (minute, hour) = (ms(60_000), ms(3_600_000));
    let needs = Doubled(Stairs.within(minute).reset_after(hour)).needs();
    assert_eq!((needs.clock, needs.resets_after), (Clock::Deadline(minute), hour));
    assert_eq!(Doubled(Stairs).needs(), Needs::NOTHING);
    let schedule = Policy::new(Doubled(Stairs.within(ms(9_000))).attempts(9)).schedule(0);
    assert_eq!((schedule.delays(), schedule.ended()), (&[ms(2_000); 2][..], Some(Reason::Deadline)));
}
