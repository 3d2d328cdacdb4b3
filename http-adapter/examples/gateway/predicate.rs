//! [`Predicate`]: what a route asks of a request.

use std::fmt;

use http::request::Parts;
use http::{HeaderName, Method};
use persevere_http::{ConfigError, Node, Position};
use regex::Regex;

use crate::host::HostPattern;
use crate::node::{entries, plain, texts, unsupported};
use crate::path::{PathPattern, whole};

/// What a route asks of a request.
#[derive(Clone, Debug)]
pub(crate) enum Predicate {
    Host(Vec<HostPattern>),
    Path(Vec<PathPattern>),
    Method(Vec<Method>),
    Header(HeaderName, Option<Regex>),
    /// A parameter of the query, and what its value must match.
    Query(String, Option<Regex>),
}

impl Predicate {
    /// `Name=value,value` or `{ name: …, args: … }`.
    pub(crate) fn parse(node: &Node) -> Result<Self, ConfigError> {
        if let Some(text) = node.scalar() {
            let (name, values) = text.split_once('=').unwrap_or((text, ""));
            let values: Vec<_> = values.split(',').map(|value| value.trim().to_owned()).collect();
            return Self::of(name.trim(), &values, node.position);
        }
        for (key, _) in entries(node, "a predicate")? {
            if !["name", "args"].contains(&plain(key).as_str()) {
                return Err(unsupported(key, "name and args"));
            }
        }
        let name = node.get("name").and_then(Node::scalar).unwrap_or_default();
        let values = node.get("args").map_or(Ok(Vec::new()), |args| values(name, args))?;
        Self::of(name, &values, node.position)
    }

    fn of(name: &str, values: &[String], position: Position) -> Result<Self, ConfigError> {
        let refuse = |message: String| ConfigError::syntax(position, message);
        if values.iter().any(String::is_empty) || values.is_empty() {
            return Err(refuse(format!("a value of `{name}` is empty")));
        }
        let regex = || match values {
            [_] => Ok(None),
            [_, regex] => whole(regex).map(Some).map_err(refuse),
            _ => Err(refuse(format!("`{name}` takes a name and a regular expression, no more"))),
        };
        match name {
            "Host" if values.iter().any(|pattern| pattern.contains(['{', '}'])) => Err(refuse(
                "variables in a pattern of `Host` are not supported: write `*` for a label".into(),
            )),
            "Host" => Ok(Self::Host(values.iter().map(|pattern| HostPattern::new(pattern)).collect())),
            "Path" => {
                let patterns = values.iter().map(|pattern| PathPattern::parse(pattern).map_err(refuse));
                patterns.collect::<Result<_, _>>().map(Self::Path)
            }
            "Method" => {
                let method = |name: &String| {
                    let method = name.to_ascii_uppercase().parse::<Method>();
                    method.map_err(|_| refuse(format!("`{name}` is no method")))
                };
                values.iter().map(method).collect::<Result<_, _>>().map(Self::Method)
            }
            "Header" => {
                let name = values[0]
                    .parse()
                    .map_err(|_| refuse(format!("`{}` is no name of a header", values[0])))?;
                Ok(Self::Header(name, regex()?))
            }
            "Query" => Ok(Self::Query(values[0].clone(), regex()?)),
            _ => Err(refuse(format!(
                "predicate `{name}` is not supported: there are Host, Path, Method, Header and Query"
            ))),
        }
    }

    /// Whether a request to `host` is meant.
    pub(crate) fn matches(&self, host: &str, head: &Parts) -> bool {
        let fits =
            |regex: &Option<Regex>, value: &str| regex.as_ref().is_none_or(|regex| regex.is_match(value));
        match self {
            Self::Host(patterns) => patterns.iter().any(|pattern| pattern.matches(host)),
            Self::Path(patterns) => patterns.iter().any(|pattern| pattern.matches(head.uri.path())),
            Self::Method(methods) => methods.contains(&head.method),
            Self::Header(name, regex) => {
                let mut values = head.headers.get_all(name).iter();
                values.any(|value| value.to_str().is_ok_and(|value| fits(regex, value)))
            }
            Self::Query(name, regex) => {
                let query = head.uri.query().unwrap_or_default();
                form_urlencoded::parse(query.as_bytes())
                    .any(|(known, value)| known == *name && fits(regex, &value))
            }
        }
    }
}

/// The values of `args`, in the order in which the short form has them.
fn values(name: &str, args: &Node) -> Result<Vec<String>, ConfigError> {
    let refuse = |node: &Node, message: String| ConfigError::syntax(node.position, message);
    let (first, second) = match name {
        "Host" | "Path" => ("patterns", None),
        "Method" => ("methods", None),
        "Header" => ("header", Some("regexp")),
        _ => ("param", Some("regexp")),
    };
    let supported = second.map_or(first.to_owned(), |second| format!("{first} and {second}"));
    for (key, _) in entries(args, "the args of a predicate")? {
        if plain(key) != first && Some(plain(key).as_str()) != second {
            return Err(unsupported(key, &supported));
        }
    }
    let node = args.get(first).ok_or_else(|| refuse(args, format!("`{name}` has no `{first}`")))?;
    let Some(second) = second else { return texts(node) };
    let single = |node: &Node| {
        let text = node.scalar().map(|text| text.trim().to_owned());
        text.ok_or_else(|| refuse(node, "must be a single value".to_owned()))
    };
    std::iter::once(node).chain(args.get(second)).map(single).collect()
}

impl fmt::Display for Predicate {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let list = |f: &mut fmt::Formatter<'_>, name: &str, items: Vec<String>| {
            write!(f, "{name}={}", items.join(","))
        };
        // Between `^(?:` and `)$` stands what was written.
        let shown = |regex: &Option<Regex>| {
            regex.as_ref().map(|regex| regex.as_str()[4..regex.as_str().len().saturating_sub(2)].to_owned())
        };
        match self {
            Self::Host(patterns) => list(f, "Host", patterns.iter().map(ToString::to_string).collect()),
            Self::Path(patterns) => list(f, "Path", patterns.iter().map(ToString::to_string).collect()),
            Self::Method(methods) => list(f, "Method", methods.iter().map(ToString::to_string).collect()),
            Self::Header(name, regex) => {
                list(f, "Header", std::iter::once(name.to_string()).chain(shown(regex)).collect())
            }
            Self::Query(name, regex) => {
                list(f, "Query", std::iter::once(name.clone()).chain(shown(regex)).collect())
            }
        }
    }
}
