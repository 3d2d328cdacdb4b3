//! The end of a message about an unknown name or value: the known one that is similar.

use persevere_http::spring::yaml::closest;

/// Returns `; did you mean …?` with the name that is similar, or nothing.
pub(crate) fn meant_name<'k>(name: &str, known: impl IntoIterator<Item = &'k str>) -> String {
    closest(name, known).map_or_else(String::new, |best| format!("; did you mean `{best}`?"))
}

/// Returns `; did you mean …?` with the value that is similar, or nothing.
pub(crate) fn meant_value<'k>(value: &str, known: impl IntoIterator<Item = &'k str>) -> String {
    closest(value, known).map_or_else(String::new, |best| format!("; did you mean {best}?"))
}
