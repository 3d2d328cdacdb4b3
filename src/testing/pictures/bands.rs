//! [`Bands`]: how long the delays of a policy are, over many seeds.

use std::fmt;
use std::ops::Range;
use std::time::Duration;

use super::sparkline;
use crate::as_policy::Parts;
use crate::schedule::{Draw, sum};
use crate::testing::runs::{End, OfIterators, OfParts, Subject, number};

/// How long the delays of a policy are, over many seeds: what a half of the calls wait, what one in twenty waits.
///
/// The same seeds give the same text.
///
/// ```
/// use persevere::testing::Bands;
/// use persevere::{BackoffExt, exponential};
/// use std::time::Duration;
///
/// let ms = Duration::from_millis;
/// let policy = exponential(ms(100)).capped(ms(800)).full_jitter().attempts(6);
/// let bands = Bands::of(&policy, 0..1_000);
/// assert!(bands.quantile(0.95)[0] < ms(100));
/// assert!(bands.longest_total() < ms(100 + 200 + 400 + 800 + 800));
/// assert_eq!(
///     bands.to_string(),
/// "delay          p05      p50      p95      max   p50 in all
///     1  ▁    5.16ms   49.4ms   95.4ms   99.9ms       49.4ms
///     2  ▃    8.74ms    101ms    189ms    200ms        149ms
///     3  ▅    24.3ms    200ms    376ms    400ms        356ms
///     4  █    39.6ms    398ms    756ms    799ms        761ms
///     5  █    47.4ms    398ms    759ms    799ms        1.15s
/// in all: mean 1.15s, p50 1.15s, p95 1.74s, max 2.15s
/// ");
/// ```
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Bands {
    /// The delays of each number, in order of length.
    columns: Vec<Vec<Duration>>,
    /// What the runs that have each delay have slept with it.
    sums: Vec<Vec<Duration>>,
    /// What each run sleeps in all, in order of length.
    totals: Vec<Duration>,
}

/// The most delays that are looked at.
const LONGEST: usize = 64;

impl Bands {
    /// Those of `policy`, over these seeds: up to 64 delays.
    ///
    /// # Panics
    ///
    /// When there are no seeds, and when the policy does.
    #[must_use]
    #[track_caller]
    pub fn of<P: Parts>(policy: &P, seeds: Range<u64>) -> Self {
        Self::over(&OfParts(policy), seeds)
    }

    /// Those of iterators, as other libraries have them; `make` is given the seed.
    ///
    /// # Panics
    ///
    /// When there are no seeds, and when an iterator does.
    #[must_use]
    #[track_caller]
    pub fn of_delays<I: IntoIterator<Item = Duration>>(make: impl Fn(u64) -> I, seeds: Range<u64>) -> Self {
        Self::over(&OfIterators { make, is_seeded: true }, seeds)
    }

    #[track_caller]
    fn over(subject: &dyn Subject, seeds: Range<u64>) -> Self {
        assert!(!seeds.is_empty(), "there are no seeds");
        let run = |seed| {
            let run = subject.run(Draw::Seed(seed), LONGEST);
            if let End::Panicked(message) = &run.end {
                panic!(
                    "with seed {seed}, delay {} panics with `{message}`",
                    run.delays.len().saturating_add(1)
                );
            }
            run.delays
        };
        let runs: Vec<_> = seeds.map(run).collect();
        let longest = runs.iter().map(Vec::len).max().unwrap_or_default();
        let column = |index| sorted(runs.iter().filter_map(|run| run.get(index).copied()).collect());
        let slept = |index: usize| {
            let with = runs.iter().filter_map(|run| run.get(..=index));
            sorted(with.map(sum).collect())
        };
        Self {
            columns: (0..longest).map(column).collect(),
            sums: (0..longest).map(slept).collect(),
            totals: sorted(runs.iter().map(|run| sum(run)).collect()),
        }
    }

    /// For each delay, the length that this part of the runs which have it does not exceed: 0.5 is the median.
    ///
    /// 0 is the shortest, 1 the longest one; what is outside counts as one of them.
    #[must_use]
    pub fn quantile(&self, part: f64) -> Vec<Duration> {
        self.columns.iter().map(|column| at(column, part)).collect()
    }

    /// What this part of the runs does not exceed in all.
    #[must_use]
    pub fn total_quantile(&self, part: f64) -> Duration {
        at(&self.totals, part)
    }

    /// What the longest of the runs sleeps in all: of those that were looked at, so it may be exceeded. See
    /// [`Bounds`](crate::Bounds) for what never is.
    #[must_use]
    pub fn longest_total(&self) -> Duration {
        self.total_quantile(1.0)
    }

    /// What a run sleeps in all on average.
    #[must_use]
    pub fn mean_total(&self) -> Duration {
        let count = u32::try_from(self.totals.len()).unwrap_or(u32::MAX);
        sum(&self.totals).checked_div(count).unwrap_or_default()
    }

    /// The part of the runs that have each delay: less than 1 once a limit in time ends some of them.
    #[must_use]
    pub fn shares(&self) -> Vec<f64> {
        let all = number(self.totals.len());
        self.columns.iter().map(|column| number(column.len()) / all).collect()
    }
}

fn sorted(mut delays: Vec<Duration>) -> Vec<Duration> {
    delays.sort_unstable();
    delays
}

/// The nearest rank.
fn at(sorted: &[Duration], part: f64) -> Duration {
    let last = sorted.len().saturating_sub(1);
    #[expect(
        clippy::cast_possible_truncation,
        clippy::cast_sign_loss,
        reason = "a rank among at most so many, and a cast saturates"
    )]
    let rank = (number(last) * part.clamp(0.0, 1.0)).round() as usize;
    sorted.get(rank.min(last)).copied().unwrap_or_default()
}

impl fmt::Display for Bands {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        writeln!(
            f,
            "{:>5}  {:>11} {:>8} {:>8} {:>8}  {:>11}",
            "delay", "p05", "p50", "p95", "max", "p50 in all"
        )?;
        let [low, middle, high, most] = [0.05, 0.5, 0.95, 1.0].map(|part| self.quantile(part));
        let bars: Vec<char> = sparkline::sparkline(&middle).chars().collect();
        for (index, share) in self.shares().into_iter().enumerate() {
            let slept = at(&self.sums[index], 0.5);
            let [low, middle, high, most] =
                [&low, &middle, &high, &most].map(|of| sparkline::short_duration(of[index]));
            let place = index.saturating_add(1);
            write!(f, "{place:>5}  {} {low:>9} {middle:>8} {high:>8} {most:>8}", bars[index])?;
            write!(f, "  {:>11}", sparkline::short_duration(slept))?;
            if share < 1.0 {
                write!(f, "  in {:.0} % of the runs", share * 100.0)?;
            }
            writeln!(f)?;
        }
        if self.columns.len() == LONGEST {
            writeln!(f, "    …  no more than {LONGEST} delays are looked at")?;
        }
        let total = |part| sparkline::short_duration(self.total_quantile(part));
        let (mean, longest) = (sparkline::short_duration(self.mean_total()), total(1.0));
        writeln!(f, "in all: mean {mean}, p50 {}, p95 {}, max {longest}", total(0.5), total(0.95))
    }
}
