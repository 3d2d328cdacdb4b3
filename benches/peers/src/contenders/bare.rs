//! The operation alone: what the work costs without any retrying.

use crate::tasks::{self, Taken};
use crate::work::{Work, poll_once, run_ready};
use crate::workload::Workload;

pub(super) fn run(workload: Workload, calls: u64) -> bool {
    let work = Work::failing(0);
    match workload {
        Workload::W1 => {
            for _ in 0..calls {
                poll_once(|| work.attempt());
            }
        }
        Workload::W1i => run_ready(async {
            for _ in 0..calls {
                assert!(work.attempt().await.is_ok());
            }
        }),
        Workload::W4 => {
            tasks(calls);
            return true;
        }
        _ => return false,
    }
    work.check(calls);
    true
}

/// Tasks that attempt it once.
pub(super) fn tasks(count: u64) -> Taken {
    tasks::spawned(count, 0, Work::attempt)
}
