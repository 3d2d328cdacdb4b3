//! [`PathPattern`]: the pattern of a `Path` predicate.

use std::fmt;

use percent_encoding::percent_decode_str;
use regex::Regex;

use super::wildcard::{self, Pattern};

/// A pattern of paths as Spring writes them, by segments: `*` and `?` within one, `{name}` and `{name:regex}` for one, `**`
/// and `{*name}` at the end for any number of them. A slash at the end of the path does not matter.
///
/// A segment is compared as Spring compares it: without what follows its first semicolon, and then without its
/// percent-encoding. Dots and empty segments are segments like others, so no two paths are the same but for their encoding.
#[derive(Clone, Debug)]
pub(crate) struct PathPattern {
    text: String,
    segments: Vec<Segment>,
    /// Any number of segments may follow.
    is_open: bool,
    /// The variable for those.
    rest: Option<String>,
}

/// What the value of one segment must match, and the variable that it is.
#[derive(Clone, Debug)]
struct Segment {
    regex: Regex,
    variable: Option<String>,
    /// A lone `*`, which at the end of a pattern also matches nothing behind a slash.
    is_star: bool,
}

/// A path in its segments, as they came.
struct Split<'p> {
    segments: Vec<&'p str>,
    /// A slash follows the last one.
    ends_in_slash: bool,
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

    fn matches(&self, path: &str) -> bool {
        let Some(path) = Split::of(path) else { return false };
        let (given, wanted) = (path.segments.len(), self.segments.len());
        let last_is_star = !self.is_open && self.segments.last().is_some_and(|last| last.is_star);
        let fits = given == wanted
            || (self.is_open && given > wanted)
            || (last_is_star && path.ends_in_slash && given.saturating_add(1) == wanted);
        let matches = |(index, (pattern, text)): (usize, (&Segment, &str))| {
            let may_be_empty = last_is_star && index.saturating_add(1) == wanted && !path.ends_in_slash;
            pattern.matches(text, may_be_empty)
        };
        fits && self.segments.iter().zip(path.segments.iter().copied()).enumerate().all(matches)
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

    /// What its variables stand for in a path that matches, with its percent-encoding and without parameters; `{*name}` begins with
    /// a slash.
    fn variables(&self, path: &str) -> Vec<(String, String)> {
        let mut texts = Split::of(path).map(|path| path.segments).unwrap_or_default().into_iter().map(bare);
        let value = |(pattern, text): (&Segment, &str)| Some((pattern.variable.clone()?, text.to_owned()));
        let mut variables: Vec<_> = self.segments.iter().zip(texts.by_ref()).filter_map(value).collect();
        if let Some(name) = &self.rest {
            variables.push((name.clone(), texts.flat_map(|text| ["/", text]).collect()));
        }
        variables
    }
}

impl<'p> Split<'p> {
    /// The segments of a path, without an empty one at its end; `None` for what is no path, such as `*`.
    fn of(path: &'p str) -> Option<Self> {
        let mut segments: Vec<_> = path.strip_prefix('/')?.split('/').collect();
        let ends_in_slash = segments.last() == Some(&"");
        if ends_in_slash {
            segments.pop();
        }
        Some(Self { segments, ends_in_slash })
    }
}

/// A segment without its parameters: they begin with a semicolon that is not percent-encoded.
fn bare(segment: &str) -> &str {
    segment.split_once(';').map_or(segment, |(value, _)| value)
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
            Some((name, regex)) => (Some(name), segment(regex.unwrap_or(".+"))?),
            None if text.contains(['{', '}']) => {
                return Err(format!(
                    "in a pattern of `Path`, a variable is a whole segment: `{text}` is not"
                ));
            }
            None => (None, segment(&wildcard::any(text))?),
        };
        Ok(Self { regex, variable: name.map(str::to_owned), is_star: text == "*" })
    }

    /// Whether a segment of a path matches. Between two slashes is no segment, and without its parameters only the last may be empty.
    fn matches(&self, text: &str, may_be_empty: bool) -> bool {
        let value = bare(text);
        if value.is_empty() {
            return may_be_empty && self.is_star && !text.is_empty();
        }
        self.regex.is_match(&percent_decode_str(value).decode_utf8_lossy())
    }
}

/// As [`whole`], for a segment: a line break or a slash that was percent-encoded is a character like others.
fn segment(regex: &str) -> Result<Regex, String> {
    compiled(&format!("(?s)^(?:{regex})$"), regex)
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
