//! The other ways to call: with the attempt, with a state that is lent, as a loop, blocking, with a time-out.

use std::cell::{Cell, RefCell};
use std::future::ready;
use std::io;
use std::rc::Rc;
use std::sync::Arc;
use std::time::Duration;

use persevere::testing::VirtualTime;
use persevere::{
    AnyError, BackoffExt, Budget, Classifier, Elapsed, Observer, Policy, Reason, Retry, Stamp, Timer,
    TokenBudget, blocking, constant, exponential, retry, retry_attempt, retry_with, start,
};

use crate::support::{Flaky, ms, paused};

/// A connection that is neither `Clone` nor shared, busy at its first two queries.
#[derive(Default)]
struct Connection {
    queries: u32,
}

impl Connection {
    async fn query(&mut self, text: &str) -> Result<u32, String> {
        tokio::task::yield_now().await;
        self.queries += 1;
        if self.queries < 3 { Err(format!("{text}: busy")) } else { Ok(self.queries) }
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_lent_connection_can_be_retried_on_a_spawned_task() {
    let task = tokio::spawn(async {
        let policy = Policy::new(constant(ms(1)).attempts(5)).when(|error: &String| error.ends_with("busy"));
        let (mut first, mut second, mut third) = Default::default();
        let sql = String::from("select");
        // A plain closure, an async one, and a loop; each of them borrows a local beside the connection.
        let plain = retry_with(&mut first, &policy, |connection: &mut Connection, attempt| {
            let sql = &sql;
            async move {
                assert_eq!(attempt.number(), connection.queries + 1);
                let row = connection.query(sql).await;
                (connection, row)
            }
        });
        let plain = plain.await;
        let closure = retry_with(&mut second, &policy, async |connection: &mut Connection, _| {
            let row = connection.query(&sql).await;
            (connection, row)
        });
        let closure = closure.await;
        let mut again = policy.start();
        let looped = loop {
            let row = Connection::query(&mut third, &sql).await;
            let Some(wait) = again.wait_after(&row) else { break row };
            drop(row);
            wait.await;
        };
        (plain, closure, looped, first.queries)
    });
    assert_eq!(task.await.unwrap(), (Ok(3), Ok(3), Ok(3), 3));
}

#[test]
fn a_lent_state_is_free_again_when_the_call_is_dropped() {
    // P25
    paused(async {
        let mut connection = Connection::default();
        let call = retry_with(&mut connection, constant(ms(1_000)).attempts(5), async |connection, _| {
            let row = connection.query("x").await;
            (connection, row)
        });
        tokio::select! {
            biased;
            () = async { tokio::time::advance(ms(1)).await } => {}
            _ = call => panic!("it sleeps for a second"),
        }
        assert!(connection.query("y").await.is_err());
    });
}

#[test]
fn an_operation_can_be_told_which_attempt_it_is() {
    paused(async {
        let seen = RefCell::new(Vec::new());
        let backoff = exponential(ms(10)).attempts(3).within(ms(1_000));
        let outcome = retry_attempt(backoff, |attempt| {
            seen.borrow_mut().push((attempt.number(), attempt.elapsed(), attempt.remaining()));
            async move { Err::<(), u32>(attempt.number()) }
        });
        assert_eq!(outcome.when(|number| *number < 9).await, Err(3));
        let expected = [(1, ms(0), Some(ms(1_000))), (2, ms(10), Some(ms(990))), (3, ms(30), Some(ms(970)))];
        assert_eq!(*seen.borrow(), expected);
    });
}

#[test]
fn a_loop_gives_the_delays_and_the_end_of_its_policy() {
    paused(async {
        let op = Flaky::default();
        let mut again = start(exponential(ms(10)).attempts(4).within(ms(1_000)));
        let mut told = Vec::new();
        let outcome = loop {
            let attempt = again.attempt();
            told.push((attempt.number(), attempt.elapsed(), attempt.remaining()));
            assert_eq!(again.ended(), None);
            let outcome = op.call(99).await;
            let Some(wait) = again.wait_after(&outcome) else { break outcome };
            wait.await;
        };
        assert_eq!((outcome, again.ended()), (Err(4), Some(Reason::Attempts)));
        let times = [0, 10, 30, 70].map(|time| (ms(time), Some(ms(1_000 - time))));
        assert_eq!(
            told,
            (1..).zip(times).map(|(number, (elapsed, left))| (number, elapsed, left)).collect::<Vec<_>>()
        );
        assert_eq!(*op.starts.borrow(), [ms(0), ms(10), ms(30), ms(70)]);
    });
}

#[test]
fn a_wait_that_is_dropped_gives_its_permit_back() {
    paused(async {
        let budget = TokenBudget::new(5, 0.0).expect("within bounds");
        let policy = Policy::new(constant(ms(10)).attempts(9)).budget(budget.clone());
        let mut again = policy.start();
        drop(again.wait_after(&Err::<(), ()>(())).expect("a retry"));
        assert!((budget.available() - 5.0).abs() < 1e-9);
        again.wait_after(&Err::<(), ()>(())).expect("a retry").await;
        assert!((budget.available() - 4.0).abs() < 1e-9);
    });
}

#[test]
fn an_attempt_is_cut_at_its_time_or_at_the_deadline() {
    // E6, P5
    #[derive(Debug, PartialEq)]
    enum Failed {
        Slow,
    }
    impl From<Elapsed> for Failed {
        fn from(_: Elapsed) -> Self {
            Self::Slow
        }
    }
    paused(async {
        let hang = || std::future::pending::<Result<(), Failed>>();
        let cut = retry(constant(ms(100)).attempts(3), hang).attempt_timeout(ms(1_000)).report().await;
        assert_eq!((cut.outcome, cut.attempts, cut.elapsed), (Err(Failed::Slow), 3, ms(3_200)));
        // 1 s, 100 ms asleep, and what remains of 1.5 s.
        let late = retry(constant(ms(100)).within(ms(1_500)), hang).attempt_timeout(ms(1_000)).report().await;
        assert_eq!((late.attempts, late.elapsed, late.reason), (2, ms(1_500), Reason::Deadline));
        let never = retry(constant(ms(100)).attempts(1), || async { Ok::<_, Failed>(7) });
        assert_eq!(
            never.attempt_timeout(Duration::ZERO).await,
            Ok(7),
            "ready in time, however short that is"
        );
    });
}

#[test]
fn a_timed_out_attempt_is_dropped_before_the_next_one() {
    paused(async {
        let alive = Cell::new(0);
        struct Guard<'a>(&'a Cell<u32>);
        impl Drop for Guard<'_> {
            fn drop(&mut self) {
                self.0.set(self.0.get() - 1);
            }
        }
        let hang = || {
            assert_eq!(alive.get(), 0);
            alive.set(1);
            let guard = Guard(&alive);
            async move {
                let _guard = guard;
                std::future::pending::<io::Result<()>>().await
            }
        };
        let call = retry(constant(ms(1)).attempts(3), hang).attempt_timeout(ms(5));
        assert_eq!(call.await.unwrap_err().kind(), io::ErrorKind::TimedOut);
        assert_eq!(alive.get(), 0);
    });
}

#[test]
fn a_thread_can_retry_with_the_same_policies() {
    let budget = TokenBudget::new(2, 0.0).expect("within bounds");
    let told = RefCell::new(Vec::new());
    let policy = Policy::new(constant(Duration::from_micros(100)).attempts(9))
        .when(|number: &u32| *number < 100)
        .budget(budget)
        .on_retry(|event| told.borrow_mut().push(event.attempt.number()));
    let mut calls = 0;
    let outcome = blocking::retry(&policy, || {
        calls += 1;
        Err::<(), _>(calls)
    });
    assert_eq!((outcome, told.take()), (Err(3), vec![1, 2]), "two tokens, two retries");
    assert_eq!(blocking::retry(&policy, || Err::<(), _>(100)), Err(100));
    let mut polls = 0;
    let patient = blocking::retry(constant(Duration::ZERO).attempts(5).within(Duration::MAX), || {
        polls += 1;
        if polls < 4 { Err(()) } else { Ok(polls) }
    });
    assert_eq!(patient, Ok(4));
}

#[test]
fn a_thread_sleeps_at_least_as_long_as_told_and_stops_at_its_deadline() {
    // P53: real time, bounded by 60 ms of sleep.
    let elapsed = RefCell::new(Vec::new());
    let policy = Policy::new(constant(ms(20)).within(ms(50)))
        .on_retry(|event| elapsed.borrow_mut().push(event.attempt.elapsed()));
    let _ = blocking::retry(&policy, || Err::<(), ()>(()));
    let elapsed = elapsed.take();
    assert!((1..=2).contains(&elapsed.len()), "{elapsed:?}");
    assert!(elapsed.windows(2).all(|pair| pair[1] >= pair[0] + ms(20)), "{elapsed:?}");
}

/// Whatever points to a part is that part: a service that keeps its own behind an `Arc`, a test that lends them.
#[test]
#[expect(clippy::needless_borrows_for_generic_args, reason = "the reference is what is tried")]
fn parts_and_timers_may_stand_behind_pointers() {
    fn call<T: Timer, G: Budget, C: Classifier<Result<(), u8>>, W: Observer>(
        timer: T,
        budget: G,
        classifier: C,
        observer: W,
    ) {
        let policy =
            Policy::new(constant(ms(1)).attempts(2)).budget(budget).classify(classifier).observe(observer);
        let outcome = futures::executor::block_on(Retry::new(policy, || ready(Err(1)), timer));
        assert_eq!(outcome, Err(1));
    }
    let time = VirtualTime::new();
    let timer = || Asleep(time.clone());
    let (budget, any) = (TokenBudget::default(), AnyError);
    call(&timer(), &budget, &any, &persevere::Silent);
    call(Box::new(timer()), Box::new(budget.clone()), Box::new(any), Box::new(persevere::Silent));
    call(Rc::new(timer()), Rc::new(budget.clone()), Rc::new(any), Rc::new(persevere::Silent));
    call(Arc::new(timer()), Arc::new(budget.clone()), Arc::new(any), Arc::new(persevere::Silent));
    assert_eq!(budget.available().to_bits(), 6_f64.to_bits(), "each call has taken one");
}

/// Its sleeps are over at once.
struct Asleep(VirtualTime);

impl Timer for Asleep {
    type Sleep = std::future::Ready<()>;

    fn sleep(&self, _delay: Duration) -> Self::Sleep {
        ready(())
    }

    fn now(&self) -> Stamp {
        self.0.now()
    }
}
