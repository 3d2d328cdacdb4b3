//! Dropping a call at every point where it can wait.

use std::cell::Cell;
use std::pin::pin;
use std::task::{Context, Waker};

use persevere::testing::{Script, VirtualTime, cancel_everywhere};
use persevere::{BackoffExt, Retry, constant};

use crate::support::ms;

#[test]
fn a_call_dropped_at_any_await_leaves_nothing_running() {
    // Q9, C1, C4: three attempts and two sleeps, five points.
    let scripts = Cell::new(Vec::new());
    let waits = cancel_everywhere(
        |time| {
            let script = Script::<(), _>::new(&time);
            let script = (0..3).fold(script, |script, _| script.takes(ms(2)).fails(()));
            let call = Retry::new(constant(ms(5)).attempts(3), script.operation(), time);
            scripts.set(vec![script]);
            call
        },
        |point, time| {
            let [script] = scripts.take().try_into().expect("one script a call");
            assert_eq!((script.alive(), time.armed()), (0, 0), "dropped at wait {point}");
            assert_eq!(script.starts().len(), (point / 2 + 1).min(3), "nothing starts when it is dropped");
        },
    );
    assert_eq!(waits, 5);
}

#[test]
fn the_context_of_a_dropped_call_is_usable() {
    // P25: what the operation borrows is free again as soon as the call is gone.
    let mut connection = vec![1];
    {
        let operation = || {
            connection.push(2);
            async { Err::<(), ()>(()) }
        };
        let mut call = pin!(Retry::new(constant(ms(5)).attempts(3), operation, VirtualTime::new()));
        let mut context = Context::from_waker(Waker::noop());
        assert!(call.as_mut().poll(&mut context).is_pending());
    }
    connection.push(3);
    assert_eq!(connection, [1, 2, 3]);
}
