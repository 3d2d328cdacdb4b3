//! `backon`.

use std::future::Future;
use std::hint::black_box;
use std::time::Duration;

use backon::{BackoffBuilder, ExponentialBuilder, Retryable};

use super::Library;
use crate::work::{BASE, CAP, Work, no_sleep, run_ready};

pub(super) struct Backon;

impl Library for Backon {
    type Policy = ExponentialBuilder;

    fn policy(base: Duration) -> ExponentialBuilder {
        ExponentialBuilder::default().with_min_delay(base).with_max_delay(CAP).with_max_times(3).with_jitter()
    }

    fn call<'a>(policy: &'a Self::Policy, work: &'a Work) -> impl Future<Output = Result<u64, u64>> + 'a {
        (|| work.attempt()).retry(*policy)
    }

    fn ended(calls: u64, work: &Work) -> bool {
        let policy = black_box(Self::policy(BASE));
        run_ready(async {
            for _ in 0..calls {
                assert!((|| work.attempt()).retry(policy).sleep(no_sleep).await.is_ok());
            }
        });
        true
    }

    fn delays(calls: u64) -> bool {
        let policy = black_box(Self::policy(BASE).with_max_times(16));
        for _ in 0..calls {
            assert_eq!(policy.build().map(black_box).count(), 16);
        }
        true
    }
}
