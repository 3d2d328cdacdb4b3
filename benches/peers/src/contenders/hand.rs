//! The loop that an expert writes inline: exponential, capped, full jitter, three retries.

use std::future::Future;
use std::hint::black_box;
use std::time::Duration;

use crate::library::Library;
use crate::work::{BASE, CAP, RETRIES, no_sleep};

pub(super) struct ByHand;

/// What the loop goes by.
#[derive(Clone, Copy)]
pub(super) struct Plan {
    base: Duration,
    cap: Duration,
    retries: u32,
}

async fn by_hand<Fut, S>(
    plan: &Plan,
    operation: impl Fn() -> Fut,
    sleep: impl Fn(Duration) -> S,
) -> Result<u64, u64>
where
    Fut: Future<Output = Result<u64, u64>>,
    S: Future<Output = ()>,
{
    let mut delay = plan.base;
    let mut retries = 0;
    loop {
        match operation().await {
            Ok(value) => return Ok(value),
            Err(error) if retries == plan.retries => return Err(error),
            Err(_) => {}
        }
        sleep(jittered(delay.min(plan.cap))).await;
        delay = delay.saturating_mul(2);
        retries += 1;
    }
}

fn jittered(delay: Duration) -> Duration {
    delay.mul_f64(fastrand::f64())
}

impl Library for ByHand {
    type Policy = Plan;
    type Error = u64;

    fn policy(base: Duration) -> Plan {
        Plan { base, cap: CAP, retries: RETRIES }
    }

    #[expect(clippy::disallowed_methods, reason = "what one would write by hand")]
    fn call<Op, Fut>(plan: &Plan, operation: Op) -> impl Future<Output = Result<u64, u64>>
    where
        Op: Fn() -> Fut + Clone + Send,
        Fut: Future<Output = Result<u64, u64>>,
    {
        by_hand(plan, operation, tokio::time::sleep)
    }

    fn sleepless<Op, Fut>(plan: &Plan, operation: Op) -> Option<impl Future<Output = Result<u64, u64>>>
    where
        Op: Fn() -> Fut + Clone + Send,
        Fut: Future<Output = Result<u64, u64>>,
    {
        Some(by_hand(plan, operation, no_sleep))
    }

    fn delays(calls: u64) -> bool {
        for _ in 0..calls {
            let mut delay = black_box(BASE);
            for _ in 0..16 {
                black_box(jittered(delay.min(CAP)));
                delay = delay.saturating_mul(2);
            }
        }
        true
    }
}
