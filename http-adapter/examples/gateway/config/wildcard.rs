//! Patterns of host names and paths in parts: `*` and `?` in one as a regular expression, so that what matches them takes time
//! in proportion to the text, whatever the text is; and variables.

/// A pattern of host names or of paths.
pub(crate) trait Pattern: Sized {
    /// The pattern, or what is wrong with it.
    fn parse(text: &str) -> Result<Self, String>;

    /// Whether it matches a host, or a path.
    fn matches(&self, text: &str) -> bool;

    /// Whether it matches all that `other` matches, as far as that can be seen.
    fn covers(&self, other: &Self) -> bool;

    /// The names of its variables.
    fn names(&self) -> impl Iterator<Item = &str>;

    /// What its variables stand for in what it matches.
    fn variables(&self, text: &str) -> Vec<(String, String)>;
}

/// The parts of a pattern; a separator within braces separates none.
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

/// The name and the regular expression of a part that is a variable, as `{name}` or `{name:regex}`; `None` for one that is none.
pub(crate) fn variable(part: &str) -> Option<(&str, Option<&str>)> {
    let variable = part.strip_prefix('{')?.strip_suffix('}')?;
    Some(variable.split_once(':').map_or((variable, None), |(name, regex)| (name, Some(regex))))
}

/// A regular expression for the pattern: `*` stands for any number of characters but `separator`, `?` for one.
pub(crate) fn regex(pattern: &str, separator: char) -> String {
    translated(pattern, &format!("[^{separator}]"))
}

/// As [`regex`], for characters of any kind.
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
