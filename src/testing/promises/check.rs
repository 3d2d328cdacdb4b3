//! [`Check`]: how thoroughly laws are checked.

use crate::testing::runs::false_alarm;

/// How thoroughly laws are checked.
///
/// The seeds are fixed, so a check that holds once holds always. With fresh ones, or for delays that no seed fixes, a check of a
/// spread fails wrongly once in [`false_alarm`](Self::false_alarm) times, at the most.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Check {
    pub(crate) steps: usize,
    pub(crate) runs: u64,
    pub(crate) samples: u32,
    pub(crate) epsilon: f64,
    pub(crate) seed: u64,
}

impl Check {
    /// 64 delays of 256 runs, and 20,000 samples for each spread, which may be off by 0.02: an error of 0.04 is found for sure.
    #[must_use]
    pub const fn new() -> Self {
        Self { steps: 64, runs: 256, samples: 20_000, epsilon: 0.02, seed: 0 }
    }

    /// So many delays of each run; at least 2. A spread is looked at in the first 24 of them.
    #[must_use]
    pub const fn steps(self, number: usize) -> Self {
        Self { steps: if number < 2 { 2 } else { number }, ..self }
    }

    /// So many runs with seeds of their own; at least 2.
    #[must_use]
    pub const fn runs(self, number: u64) -> Self {
        Self { runs: if number < 2 { 2 } else { number }, ..self }
    }

    /// So many samples for each spread, of which the share below any place may be off by `epsilon`. Fewer than 100 say nothing:
    /// the laws of the spread are [not checked](crate::testing::Report::unchecked) then.
    ///
    /// # Panics
    ///
    /// When `epsilon` is not between 0 and 1.
    #[must_use]
    #[track_caller]
    pub const fn samples(self, number: u32, epsilon: f64) -> Self {
        assert!(epsilon > 0.0 && epsilon < 1.0, "epsilon must be between 0 and 1");
        Self { samples: number, epsilon, ..self }
    }

    /// The first seed; the others follow it.
    #[must_use]
    pub const fn seed(self, first: u64) -> Self {
        Self { seed: first, ..self }
    }

    /// How often a spread that is right is reported, at the most, when the seeds are fresh: 2·exp(−2nε²), by Dvoretzky, Kiefer,
    /// Wolfowitz and Massart; 2.3·10⁻⁷ for each of the three places of a schedule that are looked at.
    #[must_use]
    pub fn false_alarm(&self) -> f64 {
        false_alarm(self.samples, self.epsilon)
    }
}

impl Default for Check {
    fn default() -> Self {
        Self::new()
    }
}
