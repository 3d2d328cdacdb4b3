//! [`Dice`]: the chance of a simulation.

use rand::{RngExt, SeedableRng};
use rand_distr::{Distribution, Exp1, StandardNormal, StandardUniform};
use rand_xoshiro::Xoshiro256PlusPlus;

/// The chance of a simulation: equal seeds give equal throws.
#[derive(Clone, Debug)]
pub struct Dice(Xoshiro256PlusPlus);

impl Dice {
    /// Those of this seed.
    #[must_use]
    pub fn seeded(seed: u64) -> Self {
        Self(Xoshiro256PlusPlus::seed_from_u64(seed))
    }

    /// Uniform from 0, included, to 1, excluded.
    pub fn uniform(&mut self) -> f64 {
        StandardUniform.sample(&mut self.0)
    }

    /// Exponentially distributed, with this mean.
    pub fn exponential(&mut self, mean: f64) -> f64 {
        let one: f64 = Exp1.sample(&mut self.0);
        one * mean
    }

    /// The distance from zero of what is normally distributed.
    pub fn folded_normal(&mut self, mean: f64, deviation: f64) -> f64 {
        let one: f64 = StandardNormal.sample(&mut self.0);
        (mean + deviation * one).abs()
    }

    /// One of so many, counted from 0.
    ///
    /// # Panics
    ///
    /// When there are none.
    pub fn below(&mut self, number: u32) -> u32 {
        self.0.random_range(0..number)
    }
}
