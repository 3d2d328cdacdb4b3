//! Streams that are opened again after a failure.

mod model;

use std::cell::{Cell, RefCell};
use std::collections::VecDeque;
use std::future::ready;
use std::pin::pin;
use std::rc::Rc;
use std::task::{Context, Poll, Waker};
use std::time::Duration;

use futures::future::LocalBoxFuture;
use futures::stream::{FusedStream, LocalBoxStream, Stream, StreamExt, iter, unfold};
use persevere::testing::{Script, VirtualTime};
use persevere::{BackoffExt, Decision, Policy, Reason, RetryStream, TokenBudget, constant, exponential};

use crate::support::ms;

const MINUTE: Duration = Duration::from_secs(60);

/// What a stream does: takes so long to open, maybe in vain; then has its items, each after a while; then fails or ends.
#[derive(Clone, Debug)]
struct Plan {
    opening: Duration,
    opens: bool,
    items: Vec<(Duration, u32)>,
    fails: bool,
}

impl Plan {
    fn refused() -> Self {
        Self { opening: ms(0), opens: false, items: vec![], fails: true }
    }

    fn broken(items: &[(Duration, u32)]) -> Self {
        Self { opening: ms(0), opens: true, items: items.to_vec(), fails: true }
    }

    fn ended(items: &[(Duration, u32)]) -> Self {
        Self { fails: false, ..Self::broken(items) }
    }
}

/// Counts what is alive.
#[derive(Clone, Default)]
struct Alive(Rc<Cell<u32>>);

struct One(Rc<Cell<u32>>);

impl Alive {
    fn one(&self) -> One {
        self.0.set(self.0.get() + 1);
        One(self.0.clone())
    }
}

impl Drop for One {
    fn drop(&mut self) {
        self.0.set(self.0.get() - 1);
    }
}

type Items = LocalBoxStream<'static, Result<u32, u8>>;
type Opened = LocalBoxFuture<'static, Result<Items, u8>>;

/// Opens the streams of some plans, one after the other, in virtual time.
fn opener(time: &VirtualTime, plans: &[Plan], alive: &Alive) -> impl FnMut() -> Opened + use<> {
    let (time, alive, mut plans) = (time.clone(), alive.clone(), VecDeque::from(plans.to_vec()));
    move || {
        let plan = plans.pop_front().expect("no further stream is opened");
        let one = alive.one();
        let opening = Script::new(&time).takes(plan.opening);
        let mut opening = if plan.opens { opening.succeeds(()) } else { opening.fails(1) }.operation();
        let items = plan
            .items
            .iter()
            .fold(Script::new(&time), |script, &(gap, item)| script.takes(gap).succeeds(item));
        let items = if plan.fails { items.fails(2) } else { items };
        let mut left = plan.items.len() + usize::from(plan.fails);
        let mut next = items.operation();
        Box::pin(async move {
            opening().await?;
            Ok(unfold(one, move |one| {
                let item = (left > 0).then(&mut next);
                left = left.saturating_sub(1);
                async move { Some((item?.await, one)) }
            })
            .boxed_local())
        })
    }
}

fn collect<S: Stream>(time: &VirtualTime, stream: S) -> Vec<S::Item> {
    time.run(stream.collect())
}

#[test]
fn items_pass_untouched_and_a_broken_stream_is_opened_again_after_its_delay() {
    let time = VirtualTime::new();
    let plans = [
        Plan::broken(&[(ms(5), 1), (ms(0), 2)]),
        Plan::refused(),
        Plan::broken(&[]),
        Plan::ended(&[(ms(0), 3), (ms(7), 4)]),
    ];
    let alive = Alive::default();
    let stream =
        RetryStream::new(exponential(ms(100)).attempts(9), opener(&time, &plans, &alive), time.clone());
    assert_eq!(collect(&time, stream), [Ok(1), Ok(2), Ok(3), Ok(4)]);
    assert_eq!(time.sleeps(), [ms(100), ms(200), ms(400)]);
    assert_eq!(time.elapsed(), ms(5 + 100 + 200 + 400 + 7));
    assert_eq!((alive.0.get(), time.armed()), (0, 0));
}

#[test]
fn the_error_that_ends_the_call_is_the_last_item_and_the_end_is_for_ever() {
    let time = VirtualTime::new();
    let plans = [Plan::broken(&[(ms(0), 1)]), Plan::refused(), Plan::refused()];
    let stream =
        RetryStream::new(constant(ms(1)).attempts(3), opener(&time, &plans, &Alive::default()), time.clone());
    let mut stream = pin!(stream);
    let mut next = || time.run(stream.next());
    assert_eq!([next(), next()], [Some(Ok(1)), Some(Err(1))]);
    assert!((0..64).all(|_| next().is_none()), "a fourth stream would panic");
    assert!(stream.is_terminated());
}

#[test]
fn errors_are_judged_and_a_final_one_ends_the_stream() {
    let time = VirtualTime::new();
    let plans = [Plan::broken(&[(ms(0), 1)]), Plan::refused()];
    let stream = RetryStream::new(constant(ms(1)), opener(&time, &plans, &Alive::default()), time.clone());
    assert_eq!(collect(&time, stream.when(|error| *error == 2)), [Ok(1), Err(1)]);
}

#[test]
fn an_end_is_final_unless_the_stream_shall_be_opened_again() {
    let plans = [Plan::ended(&[(ms(0), 1)]), Plan::refused(), Plan::ended(&[])];
    let time = VirtualTime::new();
    let once =
        RetryStream::new(constant(ms(1)).attempts(3), opener(&time, &plans, &Alive::default()), time.clone());
    assert_eq!(collect(&time, once), [Ok(1)]);
    assert_eq!(time.sleeps(), []);
    let again =
        RetryStream::new(constant(ms(1)).attempts(3), opener(&time, &plans, &Alive::default()), time.clone());
    assert_eq!(collect(&time, again.reopen_at_end()), [Ok(1)], "the third end is no error either");
    assert_eq!(time.sleeps(), [ms(1); 2]);
    let time = VirtualTime::new();
    let picky = RetryStream::new(constant(ms(1)), opener(&time, &plans, &Alive::default()), time.clone());
    let picky = picky.when(|error| *error == 2).reopen_at_end();
    assert_eq!(collect(&time, picky), [Ok(1), Err(1)], "errors are judged as before");
}

#[test]
fn a_stream_starts_over_when_it_was_open_for_long() {
    // P47: neither the first item nor the time of opening counts.
    let policy = Policy::new(exponential(ms(100)).attempts(3).reset_after(MINUTE));
    let run = |plans: &[Plan]| {
        let time = VirtualTime::new();
        let stream = RetryStream::new(&policy, opener(&time, plans, &Alive::default()), time.clone());
        let last = collect(&time, stream).pop().unwrap();
        (time.sleeps(), last)
    };
    let healthy = Plan::broken(&[(ms(1), 1), (MINUTE, 2)]);
    let greeting = Plan::broken(&[(ms(0), 1)]);
    let slow = Plan { opening: MINUTE, ..greeting.clone() };
    let hanging = Plan { opening: MINUTE, ..Plan::refused() };
    let slow_and_healthy = Plan { opening: MINUTE, ..healthy.clone() };
    let refused = Plan::refused;
    assert_eq!(run(&[greeting.clone(), greeting.clone(), greeting.clone()]).0, [ms(100), ms(200)]);
    assert_eq!(run(&[slow.clone(), slow.clone(), slow.clone()]).0, [ms(100), ms(200)]);
    assert_eq!(run(&[hanging.clone(), hanging.clone(), hanging]).0, [ms(100), ms(200)]);
    for plan in [healthy, slow_and_healthy] {
        let (sleeps, last) = run(&[refused(), refused(), plan, slow.clone(), greeting.clone()]);
        assert_eq!(sleeps, [ms(100), ms(200), ms(100), ms(200)]);
        assert_eq!(last, Err(2));
    }
}

#[test]
fn a_failed_stream_is_dropped_before_the_sleep() {
    // P28
    let (time, alive) = (VirtualTime::new(), Alive::default());
    let plans = [Plan::broken(&[]), Plan::refused(), Plan::ended(&[])];
    let seen = RefCell::new(Vec::new());
    let stream =
        RetryStream::new(constant(ms(1)), opener(&time, &plans, &alive), time.clone()).on_retry(|event| {
            seen.borrow_mut().push((event.attempt.number(), event.decision, alive.0.get()));
        });
    assert_eq!(collect(&time, stream), []);
    assert_eq!(*seen.borrow(), [(1, Decision::Retry(ms(1)), 0), (2, Decision::Retry(ms(1)), 0)]);
}

#[test]
fn a_stream_dropped_at_any_wait_leaves_nothing_and_a_dropped_next_loses_no_item() {
    // Q9, C1: the waits are opening and item of the first, the sleep, and the items of the second.
    let plans =
        [Plan { opening: ms(1), ..Plan::broken(&[(ms(1), 1)]) }, Plan::ended(&[(ms(1), 2), (ms(1), 3)])];
    for most in 0..=7 {
        let (time, alive, budget) = (VirtualTime::new(), Alive::default(), TokenBudget::new(1, 0.0).unwrap());
        let policy = Policy::new(constant(ms(1))).budget(budget.clone());
        let mut items = Vec::new();
        let mut waits = 0;
        {
            let mut stream = pin!(RetryStream::new(&policy, opener(&time, &plans, &alive), time.clone()));
            let mut context = Context::from_waker(Waker::noop());
            while waits < most {
                // Each future of the next item is polled once and dropped.
                match pin!(stream.next()).as_mut().poll(&mut context) {
                    Poll::Ready(Some(item)) => items.push(item.unwrap()),
                    Poll::Ready(None) => break,
                    Poll::Pending => {
                        waits += 1;
                        assert!(alive.0.get() + u32::from(time.armed() > 0) >= 1);
                        assert!(time.step());
                    }
                }
            }
        }
        assert_eq!((alive.0.get(), time.armed()), (0, 0), "dropped after {most} waits");
        let expected: &[u32] = match most {
            0..=2 => &[],
            3..=4 => &[1],
            5 => &[1, 2],
            _ => &[1, 2, 3],
        };
        assert_eq!(items, expected, "dropped after {most} waits");
        assert_eq!(waits, most.min(5), "five waits in all");
    }
}

#[test]
fn a_signal_leaves_an_open_stream_alone_and_opens_no_other() {
    let time = VirtualTime::new();
    let plans = [Plan::broken(&[(ms(0), 1), (ms(50), 2)])];
    let stream = RetryStream::new(constant(ms(1)), opener(&time, &plans, &Alive::default()), time.clone());
    assert_eq!(collect(&time, stream.stop_on(ready(()))), [Ok(1), Ok(2), Err(2)]);
    assert_eq!(time.sleeps(), []);
}

#[test]
fn the_budget_is_asked_and_an_end_is_a_success() {
    let time = VirtualTime::new();
    let budget = TokenBudget::new(2, 1.0).unwrap();
    let reasons = RefCell::new(Vec::new());
    /// Takes note of each end.
    struct Ends<'a>(&'a RefCell<Vec<Reason>>);
    impl persevere::Observer for Ends<'_> {
        fn observe(&self, event: &persevere::Event) {
            if let Decision::Stop(reason) = event.decision {
                self.0.borrow_mut().push(reason);
            }
        }
    }
    let policy = Policy::new(constant(ms(1))).budget(budget.clone()).observe(Ends(&reasons));
    let run = |plans: &[Plan]| {
        let stream = RetryStream::new(&policy, opener(&time, plans, &Alive::default()), time.clone()).seed(1);
        collect(&time, stream)
    };
    let refused = Plan::refused;
    assert_eq!(run(&[refused(), refused(), refused()]), [Err(1)]);
    assert_eq!(run(&[Plan::ended(&[])]), []);
    assert!((budget.available() - 1.0).abs() < 1e-9);
    assert_eq!(*reasons.borrow(), [Reason::Budget, Reason::Accepted]);
}

#[test]
fn a_stream_can_be_spawned_and_may_borrow() {
    fn is_send<T: Send>(value: T) -> T {
        value
    }
    let names = ["a".to_owned()];
    let open = || {
        let name = &names[0];
        async move { Ok::<_, ()>(iter([Ok(name.len())])) }
    };
    let stream = is_send(persevere::retry_stream(constant(ms(1)), open));
    assert_eq!(crate::support::paused(stream.collect::<Vec<_>>()), [Ok(1)]);
}

#[test]
fn a_stream_reads_no_clock_that_nobody_asks_for() {
    /// Has no clock.
    struct Timeless;
    impl persevere::Timer for Timeless {
        type Sleep = std::future::Ready<()>;
        fn sleep(&self, _: Duration) -> Self::Sleep {
            ready(())
        }
        fn now(&self) -> persevere::Stamp {
            panic!("nobody wants to know")
        }
    }
    let open = || async { Ok::<_, u8>(iter([Ok(1), Err(2)])) };
    let stream = RetryStream::new(constant(ms(1)).attempts(2), open, Timeless);
    let items = futures::executor::block_on(stream.collect::<Vec<_>>());
    assert_eq!(items, [Ok(1), Ok(1), Err(2)]);
}
