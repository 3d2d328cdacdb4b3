//! [`Methods`]: a set of methods.

use std::fmt;

use http::Method;

/// A set of methods, in the order given.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Methods(Vec<Method>);

impl Methods {
    /// Returns true if the method is one of them.
    #[must_use]
    pub(crate) fn contains(&self, method: &Method) -> bool {
        self.0.contains(method)
    }

    /// Returns true if there is none.
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
