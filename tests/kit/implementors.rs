//! What timers, budgets and classifiers keep to: ours, and those that do not.

use std::cell::Cell;
use std::future::{Ready, ready};
use std::pin::Pin;
use std::sync::atomic::{AtomicI64, AtomicU32, Ordering};
use std::time::Duration;

use futures::executor::block_on;
use persevere::testing::{
    Earnings, VirtualTime, assert_budget, assert_classifier, assert_timer, budget_laws, classifier_laws,
    timer_laws,
};
use persevere::{
    AnyBudget, AnyError, Budget, FuturesTimer, Kind, Permit, RatioBudget, Stamp, Timer, TokenBudget, Tokio,
    Unlimited, Verdict, classify_fn,
};

use super::broken::told;
use crate::support::ms;

#[test]
fn our_timers_keep_their_laws() {
    block_on(assert_timer(&FuturesTimer));
    let time = VirtualTime::new();
    time.run(assert_timer(&time.clone()));
    tokio::runtime::Builder::new_current_thread()
        .enable_time()
        .build()
        .unwrap()
        .block_on(assert_timer(&Tokio));
}

/// A timer whose clock moves by so many nanoseconds with each look, and whose sleeps are over at once.
struct Hasty(AtomicI64, i64);

impl Timer for Hasty {
    type Sleep = Ready<()>;

    fn sleep(&self, _: Duration) -> Ready<()> {
        ready(())
    }

    fn now(&self) -> Stamp {
        Stamp::from_nanos(self.0.fetch_add(self.1, Ordering::Relaxed))
    }
}

#[test]
fn timers_that_break_a_law_are_found() {
    let report = block_on(timer_laws(&Hasty(AtomicI64::new(0), 5)));
    told(&report, "Y1", "a sleep of 700µs took 5ns");
    told(&report, "Y2", "a sleep of `Duration::MAX` has ended");
    let report = block_on(timer_laws(&Hasty(AtomicI64::new(0), -5)));
    told(&report, "Y3", "Stamp(-10) after Stamp(-5)");

    /// Wakes whoever has slept on it, though the sleep is gone.
    struct Clingy(FuturesTimer);
    impl Timer for Clingy {
        type Sleep = Pin<Box<dyn Future<Output = ()>>>;

        fn sleep(&self, delay: Duration) -> Self::Sleep {
            let mut inner = Box::pin(self.0.sleep(delay));
            Box::pin(std::future::poll_fn(move |context| {
                let waker = context.waker().clone();
                if delay < Duration::from_secs(1) {
                    std::thread::spawn(move || {
                        block_on(FuturesTimer.sleep(delay));
                        waker.wake();
                    });
                }
                inner.as_mut().poll(context)
            }))
        }

        fn now(&self) -> Stamp {
            self.0.now()
        }
    }
    told(
        &block_on(timer_laws(&Clingy(FuturesTimer))),
        "Y4",
        "who had dropped a sleep of 5ms was woken by it",
    );
}

#[test]
fn a_timer_that_adds_the_longest_sleep_to_the_present_is_told_where_it_panics() {
    /// Adds without saturating, when a sleep is made or when it is polled.
    struct Adding {
        late: bool,
    }
    impl Timer for Adding {
        type Sleep = Pin<Box<dyn Future<Output = ()>>>;

        fn sleep(&self, delay: Duration) -> Self::Sleep {
            let present = Duration::from_secs(1);
            let sleep = FuturesTimer.sleep(delay.min(ms(50)));
            if self.late {
                return Box::pin(async move {
                    let _end = present.checked_add(delay).expect("a time that is");
                    sleep.await;
                });
            }
            let _end = present.checked_add(delay).expect("a time that is made");
            Box::pin(sleep)
        }

        fn now(&self) -> Stamp {
            FuturesTimer.now()
        }
    }
    for (late, what) in [(false, "a time that is made"), (true, "a time that is")] {
        let report = block_on(timer_laws(&Adding { late }));
        told(&report, "Y2", &format!("a sleep of `Duration::MAX` panics with `{what}`"));
        assert_eq!(report.findings().len(), 1, "{report}");
    }
}

#[test]
fn a_longest_sleep_that_ends_soon_is_found_too() {
    /// Sleeps no longer than 10 ms.
    struct Short;
    impl Timer for Short {
        type Sleep = <FuturesTimer as Timer>::Sleep;

        fn sleep(&self, delay: Duration) -> Self::Sleep {
            FuturesTimer.sleep(delay.min(ms(10)))
        }

        fn now(&self) -> Stamp {
            FuturesTimer.now()
        }
    }
    let report = block_on(timer_laws(&Short));
    told(&report, "Y2", "a sleep of `Duration::MAX` has ended");
}

#[test]
fn our_budgets_keep_their_laws() {
    for per_success in [0.0, 0.1, 0.6, 1.0 / 3.0, 2.5] {
        let rounded = (per_success * 1_000.0_f64).round() / 1_000.0;
        let make = || TokenBudget::new(10, per_success).expect("valid");
        assert_budget(make, Earnings::none().per_success(rounded));
    }
    for ratio in [0.0, 0.2, 0.6, 1.0, 0.001] {
        let make = || RatioBudget::new(ratio, 10).expect("valid");
        assert_budget(make, Earnings::none().per_call(ratio));
        assert_budget(|| AnyBudget::from(make()), Earnings::none().per_call(ratio));
    }
}

/// A number of retries, with what is wrong with it.
#[derive(Default)]
struct Count {
    left: AtomicU32,
    /// Returns nothing that is dropped.
    keeps: bool,
    /// Brings one with each call.
    generous: bool,
    /// Fills itself at a time before this.
    fills_before: i64,
    /// Looks first and takes later.
    slow: bool,
}

struct Taken<'c>(&'c Count);

impl Permit for Taken<'_> {
    fn spend(self) {
        std::mem::forget(self);
    }
}

impl Drop for Taken<'_> {
    fn drop(&mut self) {
        if !self.0.keeps {
            self.0.left.fetch_add(1, Ordering::SeqCst);
        }
    }
}

impl<'c> Budget for &'c Count {
    type Permit = Taken<'c>;

    fn begin(&self, _: Stamp) {
        if self.generous {
            self.left.fetch_add(1, Ordering::SeqCst);
        }
    }

    fn withdraw(&self, _: Kind, now: Stamp) -> Option<Taken<'c>> {
        if now.as_nanos() < self.fills_before {
            self.left.fetch_add(1, Ordering::SeqCst);
        }
        let left = self.left.load(Ordering::SeqCst);
        if left == 0 {
            return None;
        }
        if self.slow {
            std::thread::yield_now();
            self.left.store(left - 1, Ordering::SeqCst);
            return Some(Taken(self));
        }
        let taken = self.left.fetch_update(Ordering::SeqCst, Ordering::SeqCst, |left| left.checked_sub(1));
        taken.ok().map(|_| Taken(self))
    }
}

/// The report on a budget like this one.
fn report(like: impl std::ops::Fn() -> Count) -> persevere::testing::Report {
    // As many as are asked for; they live as long as the test.
    budget_laws(|| &*Box::leak(Box::new(like())), Earnings::none())
}

#[test]
fn budgets_that_break_a_law_are_found() {
    let count = |left| Count { left: AtomicU32::new(left), ..Count::default() };
    assert!(report(|| count(20)).is_clean(), "{}", report(|| count(20)));
    told(&budget_laws(|| Unlimited, Earnings::none()), "K2", "2000000 retries were granted, and it went on");
    let keeps = report(|| Count { keeps: true, ..count(20) });
    told(&keeps, "K1", "20 are in stock; 20 were held, and 0 came when those were dropped");
    told(
        &report(|| Count { slow: true, ..count(50_000) }),
        "K3",
        "50000 are in stock, and four threads got ",
    );
    let generous = report(|| Count { generous: true, ..count(20) });
    told(&generous, "K4", "1 calls at 0 each earn 0.0 retries, and 1 were granted");
    told(&generous, "K5", "1000 calls made 1020 retries, more than 20: the stock, and 0 for each");
    let fills = report(|| Count { fills_before: 1_000_000_000_000_000, ..count(20) });
    told(&fills, "K6", "nothing was left, the clock went back by 1ms, and one more was granted at that time");
    // tower 0.5: 0.6 of a retry for each call is a whole one.
    let rounded = budget_laws(|| RatioBudget::new(1.0, 10).expect("valid"), Earnings::none().per_call(0.6));
    told(&rounded, "K4", "1 calls at 0.6 each earn 0.6 retries, and 1 were granted");
}

/// A stock of which a retry takes nothing until it is spent; each second since the last call began brings one more.
struct Meter {
    left: AtomicU32,
    began: AtomicI64,
}

struct Unpaid<'m>(&'m Meter);

impl Permit for Unpaid<'_> {
    fn spend(self) {
        let _ = self.0.left.fetch_update(Ordering::SeqCst, Ordering::SeqCst, |left| left.checked_sub(1));
    }
}

impl<'m> Budget for &'m Meter {
    type Permit = Unpaid<'m>;

    fn begin(&self, now: Stamp) {
        self.began.store(now.as_nanos(), Ordering::SeqCst);
    }

    fn withdraw(&self, _: Kind, now: Stamp) -> Option<Unpaid<'m>> {
        let began = self.began.load(Ordering::SeqCst);
        if now.as_nanos().saturating_sub(began) >= 1_000_000_000 {
            self.left.fetch_add(1, Ordering::SeqCst);
        }
        (self.left.load(Ordering::SeqCst) > 0).then_some(Unpaid(self))
    }
}

#[test]
fn a_budget_that_is_paid_late_or_believes_the_time_of_a_call_is_found() {
    let report = budget_laws(
        || &*Box::leak(Box::new(Meter { left: AtomicU32::new(20), began: AtomicI64::new(i64::MAX) })),
        Earnings::none(),
    );
    told(&report, "K1", "20 are in stock; 4000000 were held, and 20 came when those were dropped");
    told(
        &report,
        "K6",
        "nothing was left, the clock went back by 1s, and one more was granted when it was back",
    );
}

#[test]
fn classifiers_that_break_a_law_are_found() {
    assert_classifier(&AnyError, [Ok(1), Err("no")]);
    let picky =
        classify_fn(|code: &u8| if *code < 9 { Verdict::retry() } else { panic!("{code} is new to me") });
    told(&classifier_laws(&picky, 0..=u8::MAX), "Z1", "9 panics with `9 is new to me`");
    let moody = Cell::new(false);
    let moody = classify_fn(move |_: &u8| Verdict::accept_if(moody.replace(!moody.get())));
    told(&classifier_laws(&moody, [7]), "Z2", "7 is Retry");
}
