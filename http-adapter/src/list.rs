//! Lists as the filters print them: `[GET, POST]`.

use std::fmt;

/// Writes the items between brackets, separated by commas.
pub(crate) fn write<T: fmt::Display>(f: &mut fmt::Formatter<'_>, items: &[T]) -> fmt::Result {
    f.write_str("[")?;
    for (index, item) in items.iter().enumerate() {
        write!(f, "{}{item}", if index == 0 { "" } else { ", " })?;
    }
    f.write_str("]")
}
