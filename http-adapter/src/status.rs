//! [`Statuses`]: a set of status codes.

use std::fmt;
use std::ops::RangeInclusive;

use http::StatusCode;

/// A set of status codes.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Statuses([u64; 15]);

/// The codes that HTTP can carry: three digits.
const CODES: RangeInclusive<u16> = 100..=999;

impl Statuses {
    /// Returns true if the set contains the code.
    #[must_use]
    pub fn contains(&self, status: StatusCode) -> bool {
        self.has(status.as_u16())
    }

    /// Returns true if the set contains no code.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.0.iter().all(|&word| word == 0)
    }

    fn has(&self, code: u16) -> bool {
        let (word, bit) = place(code);
        self.0.get(word).is_some_and(|word| word & bit != 0)
    }

    fn insert(&mut self, code: u16) {
        let (word, bit) = place(code);
        if let Some(word) = self.0.get_mut(word) {
            *word |= bit;
        }
    }
}

/// The word of the set that has the code, and its bit there.
fn place(code: u16) -> (usize, u64) {
    let index = code.wrapping_sub(*CODES.start());
    (usize::from(index / 64), 1 << (index % 64))
}

/// Ignores numbers that are not status codes.
impl FromIterator<RangeInclusive<u16>> for Statuses {
    fn from_iter<I: IntoIterator<Item = RangeInclusive<u16>>>(ranges: I) -> Self {
        let mut statuses = Self::default();
        for code in ranges.into_iter().flatten().filter(|code| CODES.contains(code)) {
            statuses.insert(code);
        }
        statuses
    }
}

impl FromIterator<StatusCode> for Statuses {
    fn from_iter<I: IntoIterator<Item = StatusCode>>(codes: I) -> Self {
        codes.into_iter().map(|status| status.as_u16()..=status.as_u16()).collect()
    }
}

/// As ranges, in order: `[429, 502-504]`.
impl fmt::Display for Statuses {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut ranges: Vec<(u16, u16)> = Vec::new();
        for code in CODES.filter(|&code| self.has(code)) {
            match ranges.last_mut() {
                Some((_, last)) if last.saturating_add(1) == code => *last = code,
                _ => ranges.push((code, code)),
            }
        }
        let text = |&(first, last): &(u16, u16)| {
            if first == last { first.to_string() } else { format!("{first}-{last}") }
        };
        crate::list::write(f, &ranges.iter().map(text).collect::<Vec<_>>())
    }
}
