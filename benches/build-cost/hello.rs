//! A hello-world that retries: its work fails twice, then succeeds.

mod library;

use std::sync::atomic::{AtomicU32, Ordering};

static ATTEMPTS: AtomicU32 = AtomicU32::new(0);

/// One attempt, with its number as the value or the error.
async fn work() -> Result<u32, u32> {
    match ATTEMPTS.fetch_add(1, Ordering::Relaxed).saturating_add(1) {
        3 => Ok(3),
        number => Err(number),
    }
}

fn main() {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_time().build().expect("a runtime");
    let value = runtime.block_on(library::call()).expect("the third attempt succeeds");
    assert_eq!((value, ATTEMPTS.load(Ordering::Relaxed)), (3, 3));
    println!("hello after {value} attempts");
}
