//! Times: the middle of some rounds, in each of which everybody has a turn.

use std::time::Instant;

/// The middle of what `time` says of each contender in some rounds.
pub fn rounds<T>(
    contenders: &[T],
    rounds: usize,
    mut time: impl FnMut(&T) -> Option<f64>,
) -> Vec<Option<f64>> {
    let mut times: Vec<_> = contenders.iter().map(|_| Vec::new()).collect();
    for _ in 0..rounds {
        for (contender, times) in contenders.iter().zip(&mut times) {
            times.extend(time(contender));
        }
    }
    times.into_iter().map(median).collect()
}

/// Nanoseconds that the work takes.
///
/// # Panics
///
/// When it takes 584 years.
#[expect(clippy::disallowed_methods, reason = "a benchmark measures real time")]
pub fn nanos(work: impl FnOnce()) -> u64 {
    let began = Instant::now();
    work();
    u64::try_from(began.elapsed().as_nanos()).expect("less than 584 years")
}

/// How often `whole` has `part` in it; both are small enough to be exact.
#[must_use]
#[expect(clippy::cast_precision_loss, reason = "instructions and nanoseconds of seconds")]
pub const fn ratio(whole: u64, part: u64) -> f64 {
    whole as f64 / part as f64
}

/// The middle one of some figures.
#[must_use]
pub fn median(mut figures: Vec<f64>) -> Option<f64> {
    figures.sort_by(f64::total_cmp);
    figures.get(figures.len() / 2).copied()
}
