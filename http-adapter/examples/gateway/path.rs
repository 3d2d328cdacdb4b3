//! [`PathPattern`]: the pattern of a `Path` predicate.

use std::fmt;

use percent_encoding::percent_decode_str;
use regex::Regex;

use crate::wildcard;

/// A pattern of paths as Spring writes them, by segments: `*` and `?` within one, `{name}` and `{name:regex}` for one, `**`
/// and `{*name}` at the end for any number of them. A slash at the end of the path does not matter.
#[derive(Clone, Debug)]
pub(crate) struct PathPattern {
    text: String,
    /// What each segment must match, without its percent-encoding.
    segments: Vec<Regex>,
    /// Any number of segments may follow.
    is_open: bool,
}

impl PathPattern {
    /// The pattern, or what is wrong with it.
    pub(crate) fn parse(text: &str) -> Result<Self, String> {
        let Some(rest) = text.strip_prefix('/') else {
            return Err(format!("the pattern {text} of `Path` must begin with a slash"));
        };
        let mut segments: Vec<&str> = split(rest);
        let is_open = segments.last().is_some_and(|last| *last == "**" || last.starts_with("{*"));
        if is_open {
            segments.pop();
        }
        let segments = segments.into_iter().filter(|segment| !segment.is_empty());
        let segments = segments.map(segment).collect::<Result<_, _>>()?;
        Ok(Self { text: text.to_owned(), segments, is_open })
    }

    /// Whether the path matches; it is compared without its percent-encoding.
    pub(crate) fn matches(&self, path: &str) -> bool {
        let path = path.strip_prefix('/').unwrap_or(path);
        let mut segments: Vec<_> = path.split('/').collect();
        if segments.last() == Some(&"") {
            segments.pop();
        }
        let fits = if self.is_open {
            segments.len() >= self.segments.len()
        } else {
            segments.len() == self.segments.len()
        };
        let matches = |(pattern, segment): (&Regex, _)| {
            pattern.is_match(&percent_decode_str(segment).decode_utf8_lossy())
        };
        fits && self.segments.iter().zip(segments).all(matches)
    }
}

impl fmt::Display for PathPattern {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.text)
    }
}

/// The segments of a pattern; a slash within braces separates none.
fn split(text: &str) -> Vec<&str> {
    let mut depth = 0_usize;
    text.split(move |character| {
        match character {
            '{' => depth = depth.saturating_add(1),
            '}' => depth = depth.saturating_sub(1),
            _ => {}
        }
        character == '/' && depth == 0
    })
    .collect()
}

fn segment(text: &str) -> Result<Regex, String> {
    if text == "**" || text.starts_with("{*") {
        return Err(format!("`{text}` can only be the last segment of a pattern of `Path`"));
    }
    let variable = text.strip_prefix('{').and_then(|text| text.strip_suffix('}'));
    match variable.map(|variable| variable.split_once(':')) {
        Some(Some((_, regex))) => whole(regex),
        Some(None) => whole("(?s).+"),
        None if text.contains(['{', '}']) => {
            Err(format!("in a pattern of `Path`, a variable is a whole segment: `{text}` is not"))
        }
        None => whole(&wildcard::regex(text, '/')),
    }
}

/// A regular expression that has to match a whole text, as in Java's `matches`.
pub(crate) fn whole(regex: &str) -> Result<Regex, String> {
    Regex::new(&format!("^(?:{regex})$"))
        .map_err(|_| format!("`{regex}` is no regular expression that is understood here"))
}
