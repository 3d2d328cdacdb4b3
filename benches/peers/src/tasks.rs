//! Many calls at once: what a task costs in processor time and in memory.

use std::fs;
use std::hint::black_box;

use tokio::task::LocalSet;

use crate::library::Library;
use crate::work::{BASE, Work};

/// Runs `count` tasks at once, each with a call that fails three times.
pub(crate) fn run<L: Library>(count: u64) -> Taken {
    let policy: &'static L::Policy = Box::leak(Box::new(black_box(L::policy(BASE))));
    spawned(count, 3, |work| L::call(policy, move || work.attempt()))
}

/// Spawns a task for each of `count` works that fail so often, and waits for all on a clock that moves by itself when
/// everybody sleeps. Says what they took, or nothing where the system does not tell.
///
/// They stay on their thread, since not every library has futures that could leave it.
pub(crate) fn spawned<F>(count: u64, failures: u64, call: impl Fn(&'static Work) -> F) -> Taken
where
    F: Future<Output: 'static> + 'static,
{
    let works: &'static [Work] = (0..count).map(|_| Work::failing(failures)).collect::<Vec<_>>().leak();
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_time()
        .start_paused(true)
        .build()
        .expect("a runtime without IO needs nothing from the system");
    let tasks = LocalSet::new();
    let before = Taken::until_now().unwrap_or_default();
    {
        let _inside = runtime.enter();
        for work in works {
            tasks.spawn_local(call(work));
        }
    }
    runtime.block_on(tasks);
    for work in works {
        work.check(1);
    }
    Taken::until_now().unwrap_or_default().since(before)
}

/// What a process has taken.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct Taken {
    /// Nanoseconds on a processor.
    pub(crate) nanos: u64,
    /// Bytes of memory: the most that it ever had.
    pub(crate) bytes: u64,
}

impl Taken {
    /// As Linux counts it.
    fn until_now() -> Option<Self> {
        let nanos = fs::read_to_string("/proc/self/schedstat").ok()?.split(' ').next()?.parse().ok()?;
        let status = fs::read_to_string("/proc/self/status").ok()?;
        let peak = status.lines().find_map(|line| line.strip_prefix("VmHWM:"))?;
        let kib: u64 = peak.trim().strip_suffix(" kB")?.parse().ok()?;
        Some(Self { nanos, bytes: kib * 1024 })
    }

    fn since(self, before: Self) -> Self {
        Self { nanos: self.nanos - before.nanos, bytes: self.bytes - before.bytes }
    }
}
