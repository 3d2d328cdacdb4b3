//! Dropping a call at every point where it can wait.

use std::cell::Cell;
use std::future::{Future, poll_fn};
use std::pin::Pin;
use std::task::{Context, Poll, Waker};
use std::time::Duration;

use persevere::{BackoffExt, Retry, Stamp, Timer, constant};

use crate::support::ms;

/// Counts what is alive.
struct Alive<'a>(&'a Cell<u32>);

impl<'a> Alive<'a> {
    fn new(count: &'a Cell<u32>) -> Self {
        count.set(count.get() + 1);
        Self(count)
    }
}

impl Drop for Alive<'_> {
    fn drop(&mut self) {
        self.0.set(self.0.get() - 1);
    }
}

/// Waits once.
async fn pause() {
    let mut waited = false;
    poll_fn(|context| {
        if std::mem::replace(&mut waited, true) {
            return Poll::Ready(());
        }
        context.waker().wake_by_ref();
        Poll::Pending
    })
    .await;
}

/// A timer whose sleeps wait once, and are counted while armed.
struct Counted<'a>(&'a Cell<u32>);

impl<'a> Timer for Counted<'a> {
    type Sleep = Pin<Box<dyn Future<Output = ()> + 'a>>;

    fn sleep(&self, _delay: Duration) -> Self::Sleep {
        let armed = Alive::new(self.0);
        Box::pin(async move {
            let _armed = armed;
            pause().await;
        })
    }

    fn now(&self) -> Stamp {
        Stamp::default()
    }
}

#[test]
fn a_call_dropped_at_any_await_leaves_nothing_running() {
    // Q9, C1, C4: three attempts that wait twice each, two sleeps that wait once, so eight points.
    let mut points = 0;
    for polls in 0.. {
        let (running, armed, calls) = (Cell::new(0), Cell::new(0), Cell::new(0));
        let operation = || {
            calls.set(calls.get() + 1);
            let alive = Alive::new(&running);
            async move {
                let _alive = alive;
                pause().await;
                pause().await;
                Err::<(), ()>(())
            }
        };
        let mut call = Box::pin(Retry::new(constant(ms(5)).attempts(3), operation, Counted(&armed)));
        let mut context = Context::from_waker(Waker::noop());
        let done = (0..polls).any(|_| {
            let done = call.as_mut().poll(&mut context).is_ready();
            assert!(running.get() + armed.get() <= 1, "an attempt and a sleep never overlap");
            done
        });
        let before = calls.get();
        drop(call);
        assert_eq!((running.get(), armed.get()), (0, 0), "dropped after {polls} polls");
        assert_eq!(calls.get(), before);
        if done {
            points = polls;
            break;
        }
    }
    assert_eq!(points, 9, "eight waits and the poll that ends");
}

#[test]
fn the_context_of_a_dropped_call_is_usable() {
    // P25: what the operation borrows is free again as soon as the call is gone.
    let mut connection = vec![1];
    {
        let armed = Cell::new(0);
        let operation = || {
            connection.push(2);
            async { Err::<(), ()>(()) }
        };
        let mut call = Box::pin(Retry::new(constant(ms(5)).attempts(3), operation, Counted(&armed)));
        let mut context = Context::from_waker(Waker::noop());
        assert!(call.as_mut().poll(&mut context).is_pending());
    }
    connection.push(3);
    assert_eq!(connection, [1, 2, 3]);
}
