//! Retries where the standard library has neither a clock nor entropy, such as `wasm32-unknown-unknown`: a timer that the
//! page drives, and a seed that it gives. Prints what it did, where there is something to print on; panics if it went wrong.
//!
//! `cargo run -p web`, or as a page would: `node examples/web/run.mjs target/wasm32-unknown-unknown/debug/web.wasm` after
//! `cargo build -p web --target wasm32-unknown-unknown`.

use std::cell::Cell;
use std::future::ready;
use std::pin::{Pin, pin};
use std::task::{Context, Poll, Waker};
use std::time::Duration;

use persevere::{BackoffExt, Retry, Stamp, Timer, exponential, reseed};

/// The time as the page tells it; `performance.now()` and `setTimeout` in a real one.
#[derive(Debug, Default)]
struct Page {
    now: Cell<Duration>,
    /// When the sleep that was begun last is over.
    due: Cell<Duration>,
}

/// A sleep of [`Page`].
#[derive(Debug)]
struct Sleep<'a> {
    page: &'a Page,
    end: Duration,
}

impl<'a> Timer for &'a Page {
    type Sleep = Sleep<'a>;

    fn sleep(&self, delay: Duration) -> Sleep<'a> {
        let end = self.now.get().saturating_add(delay);
        self.due.set(end);
        Sleep { page: self, end }
    }

    fn now(&self) -> Stamp {
        Stamp::default().after(self.now.get())
    }
}

impl Future for Sleep<'_> {
    type Output = ();

    fn poll(self: Pin<&mut Self>, _: &mut Context<'_>) -> Poll<()> {
        if self.page.now.get() < self.end { Poll::Pending } else { Poll::Ready(()) }
    }
}

/// Polls `call` each time that the page's timeout fires.
fn drive<T>(page: &Page, call: impl Future<Output = T>) -> T {
    let (mut call, mut context) = (pin!(call), Context::from_waker(Waker::noop()));
    loop {
        match call.as_mut().poll(&mut context) {
            Poll::Ready(output) => return output,
            Poll::Pending => page.now.set(page.due.get()),
        }
    }
}

/// What two failures cost in waiting, with the jitter of `seed`.
fn waited(seed: u64) -> Duration {
    reseed(seed);
    let page = Page::default();
    let mut answers = [Err("offline"), Err("offline"), Ok("online")].into_iter();
    let operation = || ready(answers.next().unwrap_or(Err("asked too often")));
    let policy = exponential(Duration::from_millis(100)).full_jitter().attempts(5);
    assert_eq!(drive(&page, Retry::new(policy, operation, &page)), Ok("online"));
    page.now.get()
}

fn main() {
    let (once, again, other) = (waited(7), waited(7), waited(8));
    println!("two failures cost {once:?} of waiting with one seed, {other:?} with another");
    assert!(once <= Duration::from_millis(300), "full jitter of 100 ms and 200 ms took {once:?}");
    assert_eq!(once, again, "the same seed draws the same jitter");
    assert_ne!(once, other, "another seed draws another jitter");
}
