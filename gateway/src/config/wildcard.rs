//! Patterns of host names and paths, with wildcards and variables.
//!
//! Wildcards become regular expressions, which match any text in linear time.

/// A pattern of host names or of paths.
pub(crate) trait Pattern: Sized {
    /// Reads a pattern, or returns the message of an error.
    fn parse(text: &str) -> Result<Self, String>;

    /// Returns true if a host or a path matches.
    fn matches(&self, text: &str) -> bool;

    /// Returns true if this matches everything that `other` matches, as far as it can tell.
    fn covers(&self, other: &Self) -> bool;

    /// Returns the names of the variables.
    fn names(&self) -> impl Iterator<Item = &str>;

    /// Returns the values of the variables for a matching text.
    fn variables(&self, text: &str) -> Vec<(String, String)>;
}

/// Splits a pattern into its parts. A separator within braces does not count.
pub(crate) fn split(text: &str, separator: char) -> Vec<&str> {
    let mut depth = 0_usize;
    text.split(move |character| {
        match character {
            '{' => depth = depth.saturating_add(1),
            '}' => depth = depth.saturating_sub(1),
            _ => {}
        }
        character == separator && depth == 0
    })
    .collect()
}

/// Returns the name and the regular expression of `{name}` or `{name:regex}`.
///
/// Returns `None` if the part is not a variable.
pub(crate) fn variable(part: &str) -> Option<(&str, Option<&str>)> {
    let variable = part.strip_prefix('{')?.strip_suffix('}')?;
    Some(variable.split_once(':').map_or((variable, None), |(name, regex)| (name, Some(regex))))
}

/// Returns a regular expression whose wildcards match any character except `separator`.
pub(crate) fn regex(pattern: &str, separator: char) -> String {
    translated(pattern, &format!("[^{separator}]"))
}

/// Returns a regular expression whose wildcards match any character.
pub(crate) fn any(pattern: &str) -> String {
    translated(pattern, ".")
}

fn translated(pattern: &str, inside: &str) -> String {
    let part = |character: char| match character {
        '*' => format!("{inside}*"),
        '?' => inside.to_owned(),
        other => regex::escape(other.encode_utf8(&mut [0; 4])),
    };
    pattern.chars().map(part).collect()
}
