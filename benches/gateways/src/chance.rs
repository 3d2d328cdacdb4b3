//! Chances that are the same for the same seed.

/// A number that looks like chance: `SplitMix64` (Steele, Lea and Flood, 2014).
pub(crate) const fn mix(number: u64) -> u64 {
    let mixed = number.wrapping_add(0x9e37_79b9_7f4a_7c15);
    let mixed = (mixed ^ (mixed >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
    let mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
    mixed ^ (mixed >> 31)
}

/// Returns true for `percent` in a hundred numbers.
pub(crate) const fn happens(number: u64, percent: u64) -> bool {
    mix(number) % 100 < percent
}
