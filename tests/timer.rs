//! What every timer keeps to, ours for any executor in real time.

use std::pin::pin;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::task::{Context, Wake, Waker};
use std::time::Duration;

use futures::executor::block_on;
use persevere::testing::VirtualTime;
use persevere::{BackoffExt, FuturesTimer, Retry, Timer, Tokio, constant};

use crate::support::ms;

/// P53: no sleep ends before its time, short ones included; the longest is practically for ever.
async fn keeps_time(timer: impl Timer) {
    let began = timer.now();
    for delay in [Duration::ZERO, Duration::from_nanos(1), Duration::from_micros(700), ms(3)] {
        let before = timer.now();
        timer.sleep(delay).await;
        let slept = timer.now().since(before);
        assert!(slept >= delay, "{delay:?}: slept {slept:?}");
    }
    assert!(timer.now() >= began);
    let mut endless = pin!(timer.sleep(Duration::MAX));
    assert!(endless.as_mut().poll(&mut Context::from_waker(Waker::noop())).is_pending());
}

#[test]
fn no_timer_wakes_early_or_panics_on_the_longest_sleep() {
    block_on(keeps_time(FuturesTimer));
    let time = VirtualTime::new();
    time.run(keeps_time(time.clone()));
    let runtime = tokio::runtime::Builder::new_current_thread().enable_time().build().unwrap();
    runtime.block_on(keeps_time(Tokio));
}

#[test]
fn a_call_runs_on_any_executor() {
    let mut calls = 0;
    let operation = || {
        calls += 1;
        let outcome = if calls < 3 { Err(calls) } else { Ok(calls) };
        async move { outcome }
    };
    let report = block_on(Retry::new(constant(ms(2)).attempts(5), operation, FuturesTimer).report());
    assert_eq!((report.outcome, report.slept), (Ok(3), ms(4)));
    assert!(report.elapsed >= ms(4), "{:?}", report.elapsed);
}

#[test]
fn a_dropped_sleep_wakes_nobody() {
    struct Woken(AtomicBool);
    impl Wake for Woken {
        fn wake(self: Arc<Self>) {
            self.0.store(true, Ordering::SeqCst);
        }
    }
    let woken = Arc::new(Woken(AtomicBool::new(false)));
    let waker = Waker::from(Arc::clone(&woken));
    {
        let mut sleep = pin!(FuturesTimer.sleep(ms(5)));
        assert!(sleep.as_mut().poll(&mut Context::from_waker(&waker)).is_pending());
    }
    block_on(FuturesTimer.sleep(ms(20)));
    assert!(!woken.0.load(Ordering::SeqCst));
}

#[test]
fn the_timers_of_one_process_count_from_one_origin() {
    // So that their calls may share a budget that looks at the time.
    let stamps = [FuturesTimer.now(), Tokio.now(), FuturesTimer.now(), Tokio.now()];
    assert!(stamps.is_sorted(), "{stamps:?}");
    assert!(stamps[3].since(stamps[0]) < Duration::from_secs(60));
}
