//! [`Workload`]: what is measured.

use std::fmt;

/// One kind of work, of which any number of calls can be made.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, clap::ValueEnum)]
pub(crate) enum Workload {
    /// A success at the first attempt, polled behind a wall; the policy is kept.
    W1,
    /// The same, awaited in place.
    W1i,
    /// As W1, with a policy that is built for each call.
    W1b,
    /// Three failures with a base delay of zero, on tokio's paused clock.
    W2,
    /// Three failures with sleeps that are over at once.
    W2n,
    /// Three failures with real delays, on tokio's paused clock.
    W2b,
    /// Many tasks at once, each with three failures and real delays, on tokio's paused clock.
    W4,
    /// Sixteen delays of a fresh schedule.
    W6,
}

impl Workload {
    pub(crate) const ALL: [Self; 8] =
        [Self::W1, Self::W1i, Self::W1b, Self::W2, Self::W2n, Self::W2b, Self::W4, Self::W6];

    /// In words.
    pub(crate) const fn what(self) -> &'static str {
        match self {
            Self::W1 => "a success at the first attempt, polled once",
            Self::W1i => "the same, awaited in place",
            Self::W1b => "a success at the first attempt, with a policy built for it",
            Self::W2 => "three failures without delay, on tokio's paused clock",
            Self::W2n => "three failures with sleeps that are over at once",
            Self::W2b => "three failures and their delays, on tokio's paused clock",
            Self::W4 => "100,000 tasks at once, each as W2b",
            Self::W6 => "a delay of a fresh schedule of sixteen",
        }
    }

    /// How often each call fails before it succeeds.
    pub(crate) const fn failures(self) -> u64 {
        match self {
            Self::W1 | Self::W1i | Self::W1b => 0,
            Self::W2 | Self::W2n | Self::W2b | Self::W4 | Self::W6 => 3,
        }
    }

    /// Calls for one look at the clock: about a tenth of a millisecond of work or more.
    pub(crate) const fn calls(self) -> u64 {
        match self {
            Self::W1 | Self::W1i | Self::W1b | Self::W4 => 100_000,
            Self::W2n | Self::W6 => 10_000,
            Self::W2 | Self::W2b => 2_000,
        }
    }

    /// Calls for a count of instructions.
    pub(crate) const fn counted(self) -> u64 {
        match self {
            Self::W1 | Self::W1i | Self::W1b => 20_000,
            Self::W2n | Self::W6 => 5_000,
            Self::W2 | Self::W2b => 1_000,
            Self::W4 => 2_000,
        }
    }

    /// What a call consists of, for figures by part.
    pub(crate) const fn parts(self) -> f64 {
        match self {
            Self::W6 => 16.0,
            _ => 1.0,
        }
    }
}

impl fmt::Display for Workload {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(match self {
            Self::W1 => "W1",
            Self::W1i => "W1i",
            Self::W1b => "W1b",
            Self::W2 => "W2",
            Self::W2n => "W2n",
            Self::W2b => "W2b",
            Self::W4 => "W4",
            Self::W6 => "W6",
        })
    }
}
