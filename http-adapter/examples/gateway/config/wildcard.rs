//! `*` and `?` in a part of a host name or of a path, as a regular expression: what matches them takes time in proportion to
//! the text, whatever the text is.

/// A regular expression for the pattern: `*` stands for any number of characters but `separator`, `?` for one.
pub(crate) fn regex(pattern: &str, separator: char) -> String {
    let inside = format!("[^{separator}]");
    let part = |character: char| match character {
        '*' => format!("{inside}*"),
        '?' => inside.clone(),
        other => regex::escape(other.encode_utf8(&mut [0; 4])),
    };
    pattern.chars().map(part).collect()
}
