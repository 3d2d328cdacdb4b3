//! [`Series`]: what happened in each second, and what follows from it.

use hdrhistogram::Histogram;

use crate::simulation::time::{Nanos, SECOND};

/// What happened in one second.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct Second {
    /// Calls that began.
    pub calls: u32,
    /// Attempts that were sent, the first of each call included.
    pub attempts: u32,
    /// Calls that succeeded.
    pub successes: u32,
    /// Calls that gave up.
    pub failures: u32,
    /// How long a new attempt would wait at the end of it, in seconds, where there is a queue.
    pub queue: f64,
}

/// What happened in each second, and how long calls took.
#[derive(Clone, Debug)]
pub struct Series {
    /// The first second first.
    pub seconds: Vec<Second>,
    /// How long calls took that succeeded, in milliseconds.
    pub latency: Histogram<u64>,
    /// Events of the simulation.
    pub events: u64,
    /// The most events that were waiting at once.
    pub waiting: usize,
}

impl Default for Series {
    fn default() -> Self {
        let latency = Histogram::new_with_bounds(1, 10_000_000, 2).expect("valid bounds");
        Self { seconds: Vec::new(), latency, events: 0, waiting: 0 }
    }
}

impl Series {
    /// The second of a time.
    pub(crate) fn at(&mut self, now: Nanos) -> &mut Second {
        let index = usize::try_from(now / SECOND).expect("a number of seconds");
        if index >= self.seconds.len() {
            self.seconds.resize(index + 1, Second::default());
        }
        &mut self.seconds[index]
    }

    /// All of these seconds together; what is not there counts nothing.
    #[must_use]
    pub fn sum(&self, from: usize, to: usize) -> Second {
        let to = to.min(self.seconds.len());
        let mut sum = Second::default();
        for second in &self.seconds[from.min(to)..to] {
            sum.calls += second.calls;
            sum.attempts += second.attempts;
            sum.successes += second.successes;
            sum.failures += second.failures;
            sum.queue = sum.queue.max(second.queue);
        }
        sum
    }

    /// How long the queue is at the end, in seconds, where there is one.
    #[must_use]
    pub fn queue(&self) -> f64 {
        // Of the last second that is over.
        self.seconds.iter().rev().nth(1).map_or(0.0, |second| second.queue)
    }

    /// All that happened.
    #[must_use]
    pub fn total(&self) -> Second {
        self.sum(0, self.seconds.len())
    }

    /// Seconds from `from` to the first five in a row in which as many calls succeed as `share` of those that begin each second.
    #[must_use]
    pub fn recovers_after(&self, from: usize, share: f64, calls_per_second: f64) -> Option<usize> {
        let enough = share * calls_per_second * 5.0;
        (from..self.seconds.len().saturating_sub(4))
            .find(|&second| f64::from(self.sum(second, second + 5).successes) >= enough)
            .map(|second| second - from)
    }

    /// The most attempts in a second.
    #[must_use]
    pub fn peak(&self) -> u32 {
        self.seconds.iter().map(|second| second.attempts).max().unwrap_or_default()
    }
}

impl Second {
    /// Calls that succeeded, for each that began; 1 when none began.
    #[must_use]
    pub fn success(&self) -> f64 {
        if self.calls == 0 { 1.0 } else { f64::from(self.successes) / f64::from(self.calls) }
    }

    /// Attempts for each call that began; 1 when none began.
    #[must_use]
    pub fn amplification(&self) -> f64 {
        if self.calls == 0 { 1.0 } else { f64::from(self.attempts) / f64::from(self.calls) }
    }
}
