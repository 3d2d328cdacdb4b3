//! [`Invalid`]: a setting outside its bounds; [`Elapsed`]: an attempt that took too long.

use std::borrow::Cow;
use std::fmt;

/// A setting outside its bounds: names the field, the value and the bound.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("`{field}` is {value}: {bound}")]
pub struct Invalid {
    field: Cow<'static, str>,
    value: String,
    bound: Cow<'static, str>,
}

impl Invalid {
    /// The setting `field` has a `value` that `bound` forbids.
    pub fn new(
        field: impl Into<Cow<'static, str>>,
        value: impl fmt::Display,
        bound: impl Into<Cow<'static, str>>,
    ) -> Self {
        Self { field: field.into(), value: value.to_string(), bound: bound.into() }
    }

    /// The same, of a field of `path`.
    #[cfg(feature = "serde")]
    pub(crate) fn under(self, path: &str) -> Self {
        Self { field: format!("{path}.{}", self.field).into(), ..self }
    }

    /// The setting.
    #[must_use]
    pub fn field(&self) -> &str {
        &self.field
    }

    /// Its value, as it was given.
    #[must_use]
    pub fn value(&self) -> &str {
        &self.value
    }

    /// What the value should have been.
    #[must_use]
    pub fn bound(&self) -> &str {
        &self.bound
    }
}

/// An attempt that took too long: what [`Retry::attempt_timeout`](crate::Retry::attempt_timeout) makes the error
/// of the attempt from.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, thiserror::Error)]
#[error("the attempt took too long")]
#[non_exhaustive]
pub struct Elapsed;

impl Elapsed {
    /// What a time-out hands to the error type, for the tests of a `From<Elapsed>`.
    #[must_use]
    pub const fn new() -> Self {
        Self
    }
}

impl From<Elapsed> for std::io::Error {
    fn from(elapsed: Elapsed) -> Self {
        Self::new(std::io::ErrorKind::TimedOut, elapsed)
    }
}
