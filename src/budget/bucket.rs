//! [`Bucket`]: a stock and a time in one word.

use crate::clock::Stamp;

/// What is in stock, and up to when the floor has been paid into it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Bucket {
    pub(super) milli: u32,
    /// Milliseconds of the timer's clock, modulo 2³¹ (25 days); `None` before the first look at it.
    pub(super) millis: Option<u32>,
}

/// Set in the upper half of the word when there is a time in it.
const TIMED: u32 = 1 << 31;

impl Bucket {
    pub(super) fn pack(self) -> u64 {
        let time = self.millis.map_or(0, |millis| millis | TIMED);
        u64::from(time) << 32 | u64::from(self.milli)
    }

    #[expect(clippy::cast_possible_truncation, reason = "the two halves of a word")]
    pub(super) const fn unpack(word: u64) -> Self {
        let time = (word >> 32) as u32;
        let millis = if time & TIMED == 0 { None } else { Some(time & !TIMED) };
        Self { milli: word as u32, millis }
    }

    /// The bucket at `now`, with the floor paid in. A clock that went back pays nothing; one that went back by more
    /// than a minute goes on from there, while less may be another thread's slightly older look at it.
    pub(super) fn at(self, now: Stamp, per_second: u32, capacity: u32) -> Self {
        let now = millis(now);
        let Some(before) = self.millis else { return Self { millis: Some(now), ..self } };
        let passed = now.wrapping_sub(before) & !TIMED;
        let back = before.wrapping_sub(now) & !TIMED;
        if passed <= back {
            let paid = u64::from(passed).saturating_mul(per_second.into());
            let milli = u64::from(self.milli).saturating_add(paid).min(capacity.into());
            return Self { milli: u32::try_from(milli).unwrap_or(capacity), millis: Some(now) };
        }
        if back > 60_000 { Self { millis: Some(now), ..self } } else { self }
    }

    pub(super) fn add(self, milli: u32, capacity: u32) -> Self {
        Self { milli: self.milli.saturating_add(milli).min(capacity), ..self }
    }
}

/// Milliseconds of the timer's clock, modulo 2³¹.
fn millis(now: Stamp) -> u32 {
    let millis = now.as_nanos().div_euclid(1_000_000).rem_euclid(i64::from(TIMED));
    u32::try_from(millis).unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_bucket_survives_its_packing() {
        for bucket in [
            Bucket { milli: 0, millis: None },
            Bucket { milli: u32::MAX, millis: Some(0) },
            Bucket { milli: 7, millis: Some(TIMED - 1) },
        ] {
            assert_eq!(Bucket::unpack(bucket.pack()), bucket);
        }
    }
}
