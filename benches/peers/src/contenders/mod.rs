//! The contenders: each does the same work in its own way.

#[cfg(feature = "peers")]
mod backoff;
#[cfg(feature = "peers")]
mod backon;
mod bare;
#[cfg(feature = "peers")]
mod gax;
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

use std::hint::black_box;
use std::ops::Range;
use std::time::Duration;

use crate::library::Library;
use crate::sizes;
use crate::tasks::{self, Taken};
use crate::work::{BASE, Work, poll_once, run_paused, run_ready};
use crate::workload::Workload;

/// Somebody who does the work.
#[derive(Clone, Copy)]
pub(crate) struct Contender {
    pub(crate) name: &'static str,
    /// Makes so many calls; `false` when the workload cannot be expressed.
    pub(crate) run: fn(Workload, u64) -> bool,
    /// Runs so many tasks at once, and says what they took.
    pub(crate) tasks: fn(u64) -> Taken,
    /// The bytes of its futures around operations of so many bytes.
    pub(crate) sizes: fn() -> [usize; sizes::COLUMNS.len()],
}

impl Contender {
    /// One that is known by its library.
    const fn of<L: Library>(name: &'static str) -> Self {
        Self { name, run: run::<L>, tasks: tasks::run::<L>, sizes: sizes::of::<L> }
    }
}

/// Where the loop by hand stands among them.
pub(crate) const BY_HAND: usize = 1;

/// Where persevere stands among them.
pub(crate) const OURS: Range<usize> = 2..5;

/// Everybody.
pub(crate) const ALL: &[Contender] = &[
    Contender { name: "bare operation", run: bare::run, tasks: bare::tasks, sizes: sizes::bare },
    Contender::of::<hand::ByHand>("loop by hand"),
    Contender::of::<ours::Plain>("persevere"),
    Contender::of::<ours::Everything>("… with everything"),
    Contender::of::<ours::Erased>("… with an erased one"),
    #[cfg(feature = "peers")]
    Contender::of::<backon::Backon>("backon 1.6"),
    #[cfg(feature = "peers")]
    Contender::of::<tokio_retry::TokioRetry>("tokio-retry 0.3"),
    #[cfg(feature = "peers")]
    Contender::of::<tokio_retry2::TokioRetry2>("tokio-retry2 0.9"),
    #[cfg(feature = "peers")]
    Contender::of::<tower::Tower>("tower::retry 0.5"),
    #[cfg(feature = "peers")]
    Contender::of::<backoff::Backoff>("backoff 0.4"),
    #[cfg(feature = "peers")]
    Contender::of::<tryhard::Tryhard>("tryhard 0.5"),
    #[cfg(feature = "peers")]
    Contender::of::<gax::Gax>("google-cloud-gax 1"),
];

fn run<L: Library>(workload: Workload, calls: u64) -> bool {
    let work = Work::failing(workload.failures());
    match workload {
        Workload::W1 => {
            let policy = black_box(L::policy(BASE));
            for _ in 0..calls {
                poll_once(|| L::call(&policy, || work.attempt()));
            }
        }
        Workload::W1i => run_ready(async {
            let policy = black_box(L::policy(BASE));
            for _ in 0..calls {
                assert!(L::call(&policy, || work.attempt()).await.is_ok());
            }
        }),
        Workload::W1b => {
            for _ in 0..calls {
                let policy = L::policy(black_box(BASE));
                poll_once(|| L::call(&policy, || work.attempt()));
            }
        }
        Workload::W2 => run_paused(many::<L>(Duration::ZERO, calls, &work)),
        Workload::W2b => run_paused(many::<L>(BASE, calls, &work)),
        Workload::W2n => return sleepless::<L>(calls),
        Workload::W4 => {
            tasks::run::<L>(calls);
            return true;
        }
        Workload::W6 => return L::delays(calls),
    }
    work.check(calls);
    true
}

async fn many<L: Library>(base: Duration, calls: u64, work: &Work) {
    let policy = black_box(L::policy(base));
    for _ in 0..calls {
        assert!(L::call(&policy, || work.attempt()).await.is_ok());
    }
}

fn sleepless<L: Library>(calls: u64) -> bool {
    let work = Work::failing(Workload::W2n.failures());
    let policy = black_box(L::policy(BASE));
    if L::sleepless(&policy, || work.attempt()).is_none() {
        return false;
    }
    run_ready(async {
        for _ in 0..calls {
            let call = L::sleepless(&policy, || work.attempt()).expect("it was possible before");
            assert!(call.await.is_ok());
        }
    });
    work.check(calls);
    true
}
