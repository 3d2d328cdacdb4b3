//! The contenders: each does the same work in its own way.

#[cfg(feature = "peers")]
mod backoff;
#[cfg(feature = "peers")]
mod backon;
mod bare;
mod hand;
mod ours;
#[cfg(feature = "peers")]
mod tokio_retry;
#[cfg(feature = "peers")]
mod tokio_retry2;
#[cfg(feature = "peers")]
mod tower;
#[cfg(feature = "peers")]
mod tryhard;

use std::future::Future;
use std::hint::black_box;
use std::time::Duration;

use crate::work::{BASE, Work, poll_once, run_paused, run_ready};
use crate::workload::Workload;

/// Somebody who does the work.
#[derive(Clone, Copy)]
pub(crate) struct Contender {
    pub(crate) name: &'static str,
    /// Makes so many calls; `false` when the workload cannot be expressed.
    pub(crate) run: fn(Workload, u64) -> bool,
}

/// Everybody, the loop by hand second.
pub(crate) const ALL: &[Contender] = &[
    Contender { name: "bare operation", run: bare::run },
    Contender { name: "loop by hand", run: run::<hand::ByHand> },
    Contender { name: "persevere", run: run::<ours::Persevere> },
    #[cfg(feature = "peers")]
    Contender { name: "backon 1.6", run: run::<backon::Backon> },
    #[cfg(feature = "peers")]
    Contender { name: "tokio-retry 0.3", run: run::<tokio_retry::TokioRetry> },
    #[cfg(feature = "peers")]
    Contender { name: "tokio-retry2 0.9", run: run::<tokio_retry2::TokioRetry2> },
    #[cfg(feature = "peers")]
    Contender { name: "tower::retry 0.5", run: run::<tower::Tower> },
    #[cfg(feature = "peers")]
    Contender { name: "backoff 0.4", run: run::<backoff::Backoff> },
    #[cfg(feature = "peers")]
    Contender { name: "tryhard 0.5", run: run::<tryhard::Tryhard> },
];

/// A library, with a policy of exponential growth, a cap, jitter and three retries.
trait Library {
    type Policy;

    fn policy(base: Duration) -> Self::Policy;

    /// A call on tokio's timer.
    fn call<'a>(policy: &'a Self::Policy, work: &'a Work) -> impl Future<Output = Result<u64, u64>> + 'a;

    /// Calls whose sleeps are over at once, where a caller may bring them.
    fn ended(_calls: u64, _work: &Work) -> bool {
        false
    }

    /// Sixteen delays for each call, where a caller may ask for them.
    fn delays(_calls: u64) -> bool {
        false
    }
}

fn run<L: Library>(workload: Workload, calls: u64) -> bool {
    let work = Work::failing(workload.failures());
    match workload {
        Workload::W1 => {
            let policy = black_box(L::policy(BASE));
            for _ in 0..calls {
                poll_once(|| L::call(&policy, &work));
            }
        }
        Workload::W1i => run_ready(async {
            let policy = black_box(L::policy(BASE));
            for _ in 0..calls {
                assert!(L::call(&policy, &work).await.is_ok());
            }
        }),
        Workload::W1b => {
            for _ in 0..calls {
                let policy = L::policy(black_box(BASE));
                poll_once(|| L::call(&policy, &work));
            }
        }
        Workload::W2 => run_paused(many::<L>(Duration::ZERO, calls, &work)),
        Workload::W2b => run_paused(many::<L>(BASE, calls, &work)),
        Workload::W2n => {
            if !L::ended(calls, &work) {
                return false;
            }
        }
        Workload::W6 => return L::delays(calls),
    }
    work.check(calls);
    true
}

async fn many<L: Library>(base: Duration, calls: u64, work: &Work) {
    let policy = black_box(L::policy(base));
    for _ in 0..calls {
        assert!(L::call(&policy, work).await.is_ok());
    }
}
