//! [`Entropy`]: one random word per failure, from a generator that no policy carries around; [`random_word`] draws from it,
//! [`reseed`] starts it anew.
//!
//! The generator is SplitMix64 (Steele, Lea, Flood 2014): one per thread, seeded once from the operating
//! system. It belongs to the thread and not to a policy, so that two calls that share a policy never share
//! their jitter. It is no source of secrets.

use std::cell::Cell;
use std::hash::{BuildHasher, RandomState};

/// The increment of SplitMix64: 2⁶⁴ divided by the golden ratio, made odd.
const GOLDEN: u64 = 0x9e37_79b9_7f4a_7c15;

/// What the samples of one failure come from.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Entropy {
    /// A random word, mixed anew for each salt.
    Word(u64),
    /// Every sample is 0, the least one: what is the shortest that a policy may wait?
    Lowest,
    /// Every sample is the greatest one: what is the longest?
    Highest,
}

impl Entropy {
    /// A fresh random word.
    #[must_use]
    #[inline]
    pub fn fresh() -> Self {
        // Not mixed yet: each sample is.
        Self::Word(next())
    }

    /// The word of attempt `number` under a seed; equal inputs give equal words, on every platform.
    #[must_use]
    #[inline]
    pub const fn seeded(seed: u64, number: u32) -> Self {
        Self::Word(stream(seed, number as u64))
    }

    /// The sample that belongs to `salt`.
    #[must_use]
    #[inline]
    pub const fn sample(self, salt: u64) -> u64 {
        match self {
            Self::Word(word) => stream(word, salt),
            Self::Lowest => 0,
            Self::Highest => u64::MAX,
        }
    }
}

thread_local! {
    static STATE: Cell<Option<u64>> = const { Cell::new(None) };
}

/// A random word of the thread's generator, uniform over all of `u64`: what each failure gets one of.
///
/// For rules of waiting that are not a [`Backoff`](crate::Backoff); a backoff finds its randomness in
/// [`Failure::sample`](crate::Failure::sample). It is no source of secrets.
#[must_use]
pub fn random_word() -> u64 {
    mix(next())
}

/// The next state of the thread's generator. Not inlined: from another crate, the way to a thread's own variable may be
/// longer than a call.
fn next() -> u64 {
    STATE.with(|state| {
        let word = state.get().unwrap_or_else(seed).wrapping_add(GOLDEN);
        state.set(Some(word));
        word
    })
}

/// The standard library keys its hashers randomly: the one seed that needs no dependency.
#[cold]
#[inline(never)]
fn seed() -> u64 {
    RandomState::new().hash_one(0)
}

/// Starts this thread's generator anew from `seed`.
///
/// For platforms whose standard library finds no entropy, such as `wasm32-unknown-unknown`: without it, every instance of
/// a program draws the same jitter there. Elsewhere the generator has been seeded by the operating system; to fix the
/// jitter of one call, use [`Retry::seed`](crate::Retry::seed).
///
/// ```
/// use persevere::{random_word, reseed};
///
/// reseed(7);   // from a source of the platform
/// let first = random_word();
/// reseed(7);
/// assert_eq!(random_word(), first);
/// # assert_ne!(random_word(), first);
/// ```
pub fn reseed(seed: u64) {
    STATE.set(Some(seed));
}

/// The word of stream `salt` that belongs to `word`; equal inputs give equal outputs, on every platform.
#[inline]
const fn stream(word: u64, salt: u64) -> u64 {
    mix(word ^ salt.wrapping_mul(GOLDEN))
}

/// The finaliser of SplitMix64: a bijection that lets every input bit change every output bit.
#[inline]
const fn mix(mut word: u64) -> u64 {
    word = (word ^ (word >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
    word = (word ^ (word >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
    word ^ (word >> 31)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_generator_is_splitmix64() {
        // First outputs for seed 1234567, as published with the reference implementation.
        let mut word = 1_234_567_u64;
        let outputs = [(); 3].map(|()| {
            word = word.wrapping_add(GOLDEN);
            mix(word)
        });
        assert_eq!(
            outputs,
            [6_457_827_717_110_365_317, 3_203_168_211_198_807_973, 9_817_491_932_198_370_423]
        );
    }

    #[test]
    fn a_generator_that_is_seeded_anew_begins_anew_whatever_the_seed() {
        for seed in [0, 7, GOLDEN.wrapping_neg(), u64::MAX] {
            let [first, second] = [(); 2].map(|()| {
                reseed(seed);
                [random_word(), random_word(), random_word()]
            });
            assert_eq!(first, second, "{seed}");
            assert_eq!(first[0], mix(seed.wrapping_add(GOLDEN)));
        }
    }

    #[test]
    fn threads_draw_different_words() {
        let here = random_word();
        let there = std::thread::spawn(random_word).join().expect("drawing does not panic");
        assert_ne!(here, there);
        assert_ne!(here, random_word());
    }
}
