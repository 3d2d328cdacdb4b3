//! [`Rewrite`]: what `RewritePath` does to a path.

use regex::Regex;

use super::path::anywhere;

/// A regular expression, each match of which is replaced, as by Java's `replaceAll`.
#[derive(Clone, Debug)]
pub(crate) struct Rewrite {
    regex: Regex,
    /// In the syntax of the crate `regex`.
    replacement: String,
}

impl Rewrite {
    pub(crate) fn parse(regex: &str, replacement: &str) -> Result<Self, String> {
        let regex = anywhere(regex)?;
        let replacement = translate(replacement, &regex)?;
        Ok(Self { regex, replacement })
    }

    pub(crate) fn apply(&self, path: &str) -> String {
        self.regex.replace_all(path, self.replacement.as_str()).into_owned()
    }
}

/// Translates Java's `$1` and `${name}` into the syntax of the crate `regex`.
///
/// Spring's texts have a backslash after the dollar, so that Spring does not read a placeholder.
fn translate(java: &str, regex: &Regex) -> Result<String, String> {
    let text = java.replace("$\\", "$");
    let (mut out, mut rest) = (String::new(), text.as_str());
    while let Some(at) = rest.find(['$', '\\']) {
        let (before, special) = rest.split_at(at);
        out.push_str(before);
        let behind = &special[1..];
        rest = if special.starts_with('\\') {
            let escaped = behind.chars().next().ok_or("a replacement cannot end in a backslash")?;
            out.push_str(if escaped == '$' { "$$" } else { &behind[..escaped.len_utf8()] });
            &behind[escaped.len_utf8()..]
        } else {
            let (group, rest) =
                group(behind).ok_or_else(|| format!("in `{java}`, a dollar names no group"))?;
            if !regex
                .capture_names()
                .enumerate()
                .any(|(number, name)| name == Some(group) || number.to_string() == group)
            {
                return Err(format!("in `{java}`, there is no group `{group}`"));
            }
            out = out + "${" + group + "}";
            rest
        };
    }
    Ok(out + rest)
}

/// The group that a text begins with, and what follows it: `{name}` or a digit.
fn group(text: &str) -> Option<(&str, &str)> {
    if let Some(text) = text.strip_prefix('{') {
        return text.split_once('}');
    }
    text.starts_with(|first: char| first.is_ascii_digit()).then(|| text.split_at(1))
}
