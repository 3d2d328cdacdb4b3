//! [`Seed`]: a seed for the jitter of a single call.

use super::{CallSetting, With};
use crate::as_policy::Parts;
use crate::entropy::Entropy;

/// The seed of a call's jitter.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Seed(u64);

/// A policy whose jitter is fixed by a seed. Made by [`Retry::seed`](crate::Retry::seed), and by hand for a
/// [`Session`](crate::Session).
pub type Seeded<P> = With<P, Seed>;

impl<P> Seeded<P> {
    /// `policy` with the jitter of `seed`: the same seed gives the same delays, on every platform.
    #[must_use]
    pub const fn new(policy: P, seed: u64) -> Self {
        Self::of(policy, Seed(seed))
    }
}

impl CallSetting for Seed {
    #[inline]
    fn entropy(&self, number: u32, _policy: &impl Parts) -> Entropy {
        Entropy::seeded(self.0, number)
    }
}
