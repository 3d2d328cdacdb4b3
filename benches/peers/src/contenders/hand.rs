//! The loop that an expert writes inline: exponential, capped, full jitter, three retries.

use std::future::Future;
use std::hint::black_box;
use std::time::Duration;

use super::Library;
use crate::work::{BASE, CAP, RETRIES, Work, no_sleep, run_ready};

pub(super) struct ByHand;

/// What the loop goes by.
#[derive(Clone, Copy)]
pub(super) struct Plan {
    base: Duration,
    cap: Duration,
    retries: u32,
}

async fn by_hand<S: Future<Output = ()>>(
    plan: &Plan,
    work: &Work,
    sleep: impl Fn(Duration) -> S,
) -> Result<u64, u64> {
    let mut delay = plan.base;
    let mut retries = 0;
    loop {
        match work.attempt().await {
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

    fn policy(base: Duration) -> Plan {
        Plan { base, cap: CAP, retries: RETRIES }
    }

    #[expect(clippy::disallowed_methods, reason = "what one would write by hand")]
    fn call<'a>(policy: &'a Plan, work: &'a Work) -> impl Future<Output = Result<u64, u64>> + 'a {
        by_hand(policy, work, tokio::time::sleep)
    }

    fn ended(calls: u64, work: &Work) -> bool {
        let plan = black_box(Self::policy(BASE));
        run_ready(async {
            for _ in 0..calls {
                assert!(by_hand(&plan, work, no_sleep).await.is_ok());
            }
        });
        true
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
