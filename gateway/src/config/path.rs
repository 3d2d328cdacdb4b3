//! [`PathPattern`]: the pattern of a `Path` predicate.

use std::fmt;

use percent_encoding::percent_decode_str;
use regex::Regex;

use super::wildcard::{self, Pattern};

/// A pattern of paths in Spring's syntax.
///
/// `*` and `?` stand for characters within a segment. `{name}` and `{name:regex}` stand for one segment. At the end, `**` and
/// `{*name}` stand for any number of segments. A slash at the end of the path does not matter.
///
/// As in Spring, a segment is compared without the text after its first semicolon, and then without its percent-encoding. Dots
/// and empty segments are segments like others.
#[derive(Clone, Debug)]
pub(crate) struct PathPattern {
    text: String,
    segments: Vec<Segment>,
    /// Any number of segments may follow.
    is_open: bool,
    /// The variable for these segments.
    rest: Option<String>,
}

/// The pattern of one segment, and the variable for its value.
#[derive(Clone, Debug)]
struct Segment {
    regex: Regex,
    variable: Option<String>,
    /// A lone `*`. At the end of a pattern, it also matches an empty segment.
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

    /// Returns true if this pattern matches everything that `other` matches.
    ///
    /// It recognises equal segments, after which this pattern may allow any others.
    fn covers(&self, other: &Self) -> bool {
        let follows = other.is_open || other.segments.len() > self.segments.len();
        let is_long_enough = other.segments.len() >= self.segments.len();
        let same = |(own, other): (&Segment, &Segment)| own.regex.as_str() == other.regex.as_str();
        (self.is_open || !follows) && is_long_enough && self.segments.iter().zip(&other.segments).all(same)
    }

    fn names(&self) -> impl Iterator<Item = &str> {
        self.segments.iter().filter_map(|segment| segment.variable.as_deref()).chain(self.rest.as_deref())
    }

    /// Returns the values of the variables for a matching path.
    ///
    /// The values keep their percent-encoding, but not their parameters. The value of `{*name}` begins with a slash.
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
    /// Returns the segments of a path, or `None` for a target such as `*`.
    ///
    /// An empty segment at the end is left out.
    fn of(path: &'p str) -> Option<Self> {
        let mut segments: Vec<_> = path.strip_prefix('/')?.split('/').collect();
        let ends_in_slash = segments.last() == Some(&"");
        if ends_in_slash {
            segments.pop();
        }
        Some(Self { segments, ends_in_slash })
    }
}

/// Returns a segment without its parameters.
///
/// The parameters begin with a semicolon that is not percent-encoded.
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

    /// Returns true if a segment of a path matches.
    ///
    /// Only the last segment may be empty, and only if it has parameters.
    fn matches(&self, text: &str, may_be_empty: bool) -> bool {
        let value = bare(text);
        if value.is_empty() {
            return may_be_empty && self.is_star && !text.is_empty();
        }
        self.regex.is_match(&percent_decode_str(value).decode_utf8_lossy())
    }
}

/// Compiles a regular expression for a whole segment.
///
/// Unlike in [`whole`], a dot also matches a line break, which can be percent-encoded.
fn segment(regex: &str) -> Result<Regex, String> {
    compiled(&format!("(?s)^(?:{regex})$"), regex)
}

/// Compiles a regular expression for a whole text, as in Java's `matches`.
pub(crate) fn whole(regex: &str) -> Result<Regex, String> {
    compiled(&format!("^(?:{regex})$"), regex)
}

/// Compiles a regular expression that matches anywhere, as in Java's `find`.
pub(crate) fn anywhere(regex: &str) -> Result<Regex, String> {
    compiled(regex, regex)
}

fn compiled(regex: &str, written: &str) -> Result<Regex, String> {
    Regex::new(regex).map_err(|_| {
        format!(
            "`{written}` is not a valid regular expression; look-around and backreferences are not supported"
        )
    })
}
