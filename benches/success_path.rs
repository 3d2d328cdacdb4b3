//! What a retry costs when nothing fails, beside the bare operation and the loop that one would write by hand:
//! `cargo bench --bench success_path`.
//!
//! All three run interleaved in one process, so that their ratios hold on a noisy machine; the times alone do
//! not.

#![allow(clippy::arithmetic_side_effects, reason = "an overflow in a benchmark panics")]

use std::hint::black_box;
use std::pin::pin;
use std::task::{Context, Poll, Waker};
use std::time::{Duration, Instant};

use persevere::{BackoffExt, Policy, exponential, retry};

const CALLS: u32 = 200_000;
const ROUNDS: usize = 21;

async fn operation(word: u64) -> Result<u64, u64> {
    if black_box(word) == u64::MAX { Err(word) } else { Ok(word) }
}

/// The loop that one would write by hand: exponential, capped, full jitter, three retries.
async fn by_hand(word: u64) -> Result<u64, u64> {
    let mut delay = Duration::from_millis(10);
    let mut retries = 0;
    loop {
        match operation(word).await {
            Ok(value) => return Ok(value),
            Err(error) if retries == 3 => return Err(error),
            Err(_) => {}
        }
        #[expect(clippy::disallowed_methods, reason = "what one would write by hand")]
        tokio::time::sleep(delay.min(Duration::from_secs(10)).mul_f64(0.5)).await;
        delay = delay.saturating_mul(2);
        retries += 1;
    }
}

/// Nanoseconds for each of many calls that are ready at their first poll.
#[expect(clippy::disallowed_methods, reason = "a benchmark measures real time")]
fn time<F: Future<Output = Result<u64, u64>>>(call: impl Fn(u64) -> F) -> f64 {
    let mut context = Context::from_waker(Waker::noop());
    let began = Instant::now();
    for word in 0..CALLS {
        let ready = pin!(call(word.into())).poll(&mut context);
        assert!(matches!(black_box(ready), Poll::Ready(Ok(_))), "nothing fails here");
    }
    began.elapsed().as_secs_f64() * 1e9 / f64::from(CALLS)
}

fn median(mut times: Vec<f64>) -> f64 {
    times.sort_by(f64::total_cmp);
    times[times.len() / 2]
}

fn main() {
    let policy = Policy::new(
        exponential(Duration::from_millis(10)).capped(Duration::from_secs(10)).full_jitter().retries(3),
    );
    let (mut bare, mut hand, mut ours) = (Vec::new(), Vec::new(), Vec::new());
    for _ in 0..ROUNDS {
        bare.push(time(operation));
        hand.push(time(by_hand));
        ours.push(time(|word| retry(&policy, move || operation(word))));
    }
    let (bare, hand, ours) = (median(bare), median(hand), median(ours));
    println!("a success at the first attempt, median of {ROUNDS} rounds of {CALLS} calls");
    println!("bare operation    {bare:6.2} ns");
    println!("loop by hand      {hand:6.2} ns");
    println!("retry(&policy)    {ours:6.2} ns   {:.2} × the loop by hand", ours / hand);
}
