//! [`Methods`]: a set of methods.

use std::fmt;

use http::Method;

/// The names of the methods that a filter may be told by name.
///
/// HTTP has no closed list. But a typing error must not become a method that no request ever has.
pub(crate) const NAMES: [&str; 8] = ["GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS", "TRACE"];

/// What a text must be to name one of them.
pub(crate) const EXPECTED: &str = "must be GET, HEAD, POST, PUT, PATCH, DELETE, OPTIONS or TRACE";

/// A set of methods, in the order given.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Methods(Vec<Method>);

impl Methods {
    /// Whether the method is one of them.
    #[must_use]
    pub(crate) fn contains(&self, method: &Method) -> bool {
        self.0.contains(method)
    }

    /// Whether there is none.
    #[must_use]
    pub(crate) fn is_empty(&self) -> bool {
        self.0.is_empty()
    }
}

impl FromIterator<Method> for Methods {
    fn from_iter<I: IntoIterator<Item = Method>>(methods: I) -> Self {
        Self(methods.into_iter().collect())
    }
}

impl fmt::Display for Methods {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        crate::list::write(f, &self.0)
    }
}

/// The method of this name, in any case; `None` for a name that is not one of the usual ones.
pub(crate) fn named(name: &str) -> Option<Method> {
    NAMES.into_iter().find(|known| known.eq_ignore_ascii_case(name))?.parse().ok()
}
