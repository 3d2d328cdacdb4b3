//! [`parallel`]: many simulations at once, with a bar that shows how far they are.

use std::sync::atomic::{AtomicU32, Ordering};
use std::thread;

use indicatif::{ProgressBar, ProgressStyle};

/// The results of so many simulations, counted from 0, on all processors, in order. A bar tells how far it is, on a terminal.
///
/// # Panics
///
/// When one of them does.
pub(crate) fn parallel<T: Send>(name: &str, number: u32, run: impl Fn(u32) -> T + Sync) -> Vec<T> {
    let (bar, next) = (bar(name, number), AtomicU32::new(0));
    let work = || {
        let mut results = Vec::new();
        loop {
            let index = next.fetch_add(1, Ordering::Relaxed);
            if index >= number {
                return results;
            }
            results.push((index, run(index)));
            bar.inc(1);
        }
    };
    let threads = thread::available_parallelism().map_or(1, usize::from);
    let mut results: Vec<_> = thread::scope(|scope| {
        let threads: Vec<_> = (0..threads).map(|_| scope.spawn(work)).collect();
        threads.into_iter().flat_map(|thread| thread.join().expect("a simulation does not panic")).collect()
    });
    bar.finish_and_clear();
    results.sort_by_key(|(index, _)| *index);
    results.into_iter().map(|(_, result)| result).collect()
}

/// A bar for a long run, on a terminal.
#[must_use]
pub(crate) fn bar(name: &str, length: u32) -> ProgressBar {
    let style = ProgressStyle::with_template("{msg} {wide_bar} {pos}/{len}, {eta} left").expect("a template");
    ProgressBar::new(length.into()).with_style(style).with_message(name.to_owned())
}
