//! [`PathPattern`]: the pattern of a `Path` predicate.

use std::fmt;

use percent_encoding::percent_decode_str;
use regex::Regex;

use super::wildcard::{self, Pattern};

/// A pattern of paths as Spring writes them, by segments: `*` and `?` within one, `{name}` and `{name:regex}` for one, `**`
/// and `{*name}` at the end for any number of them. A slash at the end of the path does not matter.
#[derive(Clone, Debug)]
pub(crate) struct PathPattern {
    text: String,
    segments: Vec<Segment>,
    /// Any number of segments may follow.
    is_open: bool,
    /// The variable for those.
    rest: Option<String>,
}

/// What one segment must match, without its percent-encoding; and the variable that it is.
#[derive(Clone, Debug)]
struct Segment {
    regex: Regex,
    variable: Option<String>,
}

impl Pattern for PathPattern {
    fn parse(text: &str) -> Result<Self, String> {
        let Some(rest) = text.strip_prefix('/') else {
            return Err(format!("the pattern {text} of `Path` must begin with a slash"));
        };
        let mut segments: Vec<&str> = wildcard::split(rest, '/');
        let is_open = segments.last().is_some_and(|last| *last == "**" || last.starts_with("{*"));
        let open = if is_open { segments.pop() } else { None };
        let rest =
            open.and_then(|open| open.strip_prefix("{*")).map(|name| name.trim_end_matches('}').to_owned());
        let segments = segments.into_iter().filter(|segment| !segment.is_empty());
        let segments = segments.map(Segment::parse).collect::<Result<_, _>>()?;
        Ok(Self { text: text.to_owned(), segments, is_open, rest })
    }

    /// Whether the path matches; it is compared without its percent-encoding.
    fn matches(&self, path: &str) -> bool {
        let segments = segments(path);
        let fits = if self.is_open {
            segments.len() >= self.segments.len()
        } else {
            segments.len() == self.segments.len()
        };
        let matches = |(pattern, segment): (&Segment, _)| {
            pattern.regex.is_match(&percent_decode_str(segment).decode_utf8_lossy())
        };
        fits && self.segments.iter().zip(segments).all(matches)
    }

    /// Whether it matches all that `other` matches, as far as that can be seen: the same segments, behind which anything may
    /// follow if more of them do.
    fn covers(&self, other: &Self) -> bool {
        let follows = other.is_open || other.segments.len() > self.segments.len();
        let is_long_enough = other.segments.len() >= self.segments.len();
        let same = |(own, other): (&Segment, &Segment)| own.regex.as_str() == other.regex.as_str();
        (self.is_open || !follows) && is_long_enough && self.segments.iter().zip(&other.segments).all(same)
    }

    fn names(&self) -> impl Iterator<Item = &str> {
        self.segments.iter().filter_map(|segment| segment.variable.as_deref()).chain(self.rest.as_deref())
    }

    /// What its variables stand for in a path that matches, with its percent-encoding; `{*name}` begins with a slash.
    fn variables(&self, path: &str) -> Vec<(String, String)> {
        let mut texts = segments(path).into_iter();
        let value = |(pattern, text): (&Segment, &str)| Some((pattern.variable.clone()?, text.to_owned()));
        let mut variables: Vec<_> = self.segments.iter().zip(texts.by_ref()).filter_map(value).collect();
        if let Some(name) = &self.rest {
            variables.push((name.clone(), texts.flat_map(|text| ["/", text]).collect()));
        }
        variables
    }
}

/// The segments of a path, without an empty one at its end.
fn segments(path: &str) -> Vec<&str> {
    let mut segments: Vec<_> = path.strip_prefix('/').unwrap_or(path).split('/').collect();
    if segments.last() == Some(&"") {
        segments.pop();
    }
    segments
}

impl fmt::Display for PathPattern {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.text)
    }
}

impl Segment {
    fn parse(text: &str) -> Result<Self, String> {
        if text == "**" || text.starts_with("{*") {
            return Err(format!("`{text}` can only be the last segment of a pattern of `Path`"));
        }
        let (name, regex) = match wildcard::variable(text) {
            Some((name, regex)) => (Some(name), whole(regex.unwrap_or("(?s).+"))?),
            None if text.contains(['{', '}']) => {
                return Err(format!(
                    "in a pattern of `Path`, a variable is a whole segment: `{text}` is not"
                ));
            }
            None => (None, whole(&wildcard::regex(text, '/'))?),
        };
        Ok(Self { regex, variable: name.map(str::to_owned) })
    }
}

/// A regular expression that has to match a whole text, as in Java's `matches`.
pub(crate) fn whole(regex: &str) -> Result<Regex, String> {
    compiled(&format!("^(?:{regex})$"), regex)
}

/// A regular expression that matches anywhere, as in Java's `find`.
pub(crate) fn anywhere(regex: &str) -> Result<Regex, String> {
    compiled(regex, regex)
}

fn compiled(regex: &str, written: &str) -> Result<Regex, String> {
    Regex::new(regex).map_err(|_| format!("`{written}` is no regular expression that is understood here"))
}
