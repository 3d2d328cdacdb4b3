//! The names of methods.

use http::Method;

/// The names of the methods that a filter may be told by name.
///
/// HTTP has no closed list. But a typing error must not become a method that no request ever has.
pub(crate) const NAMES: [&str; 8] = ["GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS", "TRACE"];

/// The bound in the error about an unknown method.
pub(crate) const EXPECTED: &str = "must be GET, HEAD, POST, PUT, PATCH, DELETE, OPTIONS or TRACE";

/// The method of this name, in any case; `None` for a name that is not one of the usual ones.
pub(crate) fn named(name: &str) -> Option<Method> {
    NAMES.into_iter().find(|known| known.eq_ignore_ascii_case(name))?.parse().ok()
}
