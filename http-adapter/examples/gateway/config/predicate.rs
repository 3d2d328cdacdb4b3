//! [`Predicate`]: what a route asks of a request.

use std::fmt;

use http::request::Parts;
use http::{HeaderName, Method};
use persevere_http::{ConfigError, yaml::Node};
use regex::Regex;

use super::host::HostPattern;
use super::named::Named;
use super::path::{PathPattern, whole};
use super::wildcard::Pattern;

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
    pub(crate) fn parse(node: &Node) -> Result<Self, ConfigError> {
        let named = Named::parse(node, "a predicate")?;
        let regex = |text: Option<&String>| {
            text.map(|text| whole(text)).transpose().map_err(|message| named.refuse(message))
        };
        match named.name {
            "Host" => patterns(&named).map(Self::Host),
            "Path" => patterns(&named).map(Self::Path),
            "Method" => named
                .list("methods")?
                .iter()
                .map(|name| method(name, &named))
                .collect::<Result<_, _>>()
                .map(Self::Method),
            "Header" => {
                let values = named.values(&["header", "regexp"], 1)?;
                let name = values[0].parse();
                let name =
                    name.map_err(|_| named.refuse(format!("`{}` is no name of a header", values[0])))?;
                Ok(Self::Header(name, regex(values.get(1))?))
            }
            "Query" => {
                let values = named.values(&["param", "regexp"], 1)?;
                Ok(Self::Query(values[0].clone(), regex(values.get(1))?))
            }
            name => Err(named.refuse(format!(
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

    /// Whether it matches all that `other` matches, as far as that can be seen.
    pub(crate) fn covers(&self, other: &Self) -> bool {
        match (self, other) {
            (Self::Path(own), Self::Path(paths)) => all_covered(paths, own),
            (Self::Host(own), Self::Host(hosts)) => all_covered(hosts, own),
            (Self::Method(own), Self::Method(methods)) => methods.iter().all(|method| own.contains(method)),
            (Self::Header(..), Self::Header(..)) | (Self::Query(..), Self::Query(..)) => {
                self.to_string() == other.to_string()
            }
            _ => false,
        }
    }

    /// Whether each of its patterns has a variable of this name: whichever matches, it has to say what the variable stands for.
    pub(crate) fn has_variable(&self, name: &str) -> bool {
        match self {
            Self::Host(patterns) => all_have(patterns, name),
            Self::Path(patterns) => all_have(patterns, name),
            Self::Method(_) | Self::Header(..) | Self::Query(..) => false,
        }
    }

    /// What its variables stand for in a request that it matches.
    pub(crate) fn variables(&self, host: &str, path: &str) -> Vec<(String, String)> {
        match self {
            Self::Host(patterns) => variables(patterns, host),
            Self::Path(patterns) => variables(patterns, path),
            Self::Method(_) | Self::Header(..) | Self::Query(..) => Vec::new(),
        }
    }
}

fn patterns<P: Pattern>(named: &Named<'_>) -> Result<Vec<P>, ConfigError> {
    let patterns = named.list("patterns")?;
    let patterns = patterns.iter().map(|pattern| P::parse(pattern));
    patterns.collect::<Result<_, _>>().map_err(|message| named.refuse(message))
}

fn all_covered<P: Pattern>(patterns: &[P], by: &[P]) -> bool {
    patterns.iter().all(|pattern| by.iter().any(|wider| wider.covers(pattern)))
}

fn all_have<P: Pattern>(patterns: &[P], variable: &str) -> bool {
    patterns.iter().all(|pattern| pattern.names().any(|name| name == variable))
}

/// The variables of the pattern that matches.
fn variables<P: Pattern>(patterns: &[P], text: &str) -> Vec<(String, String)> {
    let matching = patterns.iter().find(|pattern| pattern.matches(text));
    matching.map(|pattern| pattern.variables(text)).unwrap_or_default()
}

fn method(name: &str, named: &Named<'_>) -> Result<Method, ConfigError> {
    let method = name.to_ascii_uppercase().parse();
    method.map_err(|_| named.refuse(format!("`{name}` is no method")))
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
