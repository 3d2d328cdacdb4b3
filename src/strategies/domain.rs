//! [`Domain`]: from where values are taken.

/// From where values are taken.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub enum Domain {
    /// What people write: delays of 1 ms to 10 s, and factors of 1 to 3.
    #[default]
    Human,
    /// The edges as well: from no time to [`Duration::MAX`](std::time::Duration::MAX), factors up to 10³⁰⁰.
    Full,
}
