//! [`Edit`]: a filter that changes the head of a request or of a response.

use std::fmt;

use http::request::Parts;
use http::uri::PathAndQuery;
use http::{HeaderMap, HeaderName, HeaderValue, Uri};
use persevere_http::ConfigError;

use super::named::Named;
use super::rewrite::Rewrite;
use super::template::{Template, Variables};

/// A filter that changes the head of a request or of a response.
#[derive(Clone, Debug)]
pub(crate) enum Edit {
    PrefixPath(Template),
    /// Takes so many segments off.
    StripPrefix(usize),
    RewritePath(Rewrite),
    SetPath(Template),
    AddRequestHeader(HeaderName, Template),
    AddResponseHeader(HeaderName, Template),
    RemoveRequestHeader(HeaderName),
}

/// What an edit has made of a request cannot be sent.
#[derive(Clone, Copy, Debug, thiserror::Error)]
#[error("a filter of the route makes no valid path or header of this request")]
pub(crate) struct BadEdit;

/// The names of all filters that there are.
const FILTERS: &str = "Retry, PrefixPath, StripPrefix, RewritePath, SetPath, AddRequestHeader, AddResponseHeader, \
                                  RemoveRequestHeader and RequestSize";

impl Edit {
    /// The edit of this name.
    pub(crate) fn of(named: &Named<'_>) -> Result<Self, ConfigError> {
        let template = |text: &str| Template::parse(text).map_err(|message| named.refuse(message));
        let header = |name: &str| {
            name.parse::<HeaderName>().map_err(|_| named.refuse(format!("`{name}` is no name of a header")))
        };
        let path = |name: &str| {
            let text = named.values(&[name], 1)?.remove(0);
            if text.starts_with('/') {
                template(&text)
            } else {
                Err(named.refuse(format!("`{name}` is {text}: must begin with a slash")))
            }
        };
        let added = || {
            let values = named.values(&["name", "value"], 2)?;
            Ok::<_, ConfigError>((header(&values[0])?, template(&values[1])?))
        };
        match named.name {
            "PrefixPath" => path("prefix").map(Self::PrefixPath),
            "SetPath" => path("template").map(Self::SetPath),
            "StripPrefix" => {
                let parts = named.values(&["parts"], 0)?;
                let number = parts.first().map_or(Ok(1), |text| text.parse());
                let bound =
                    |_| named.refuse(format!("`parts` is {}: must be a whole number of segments", parts[0]));
                number.map(Self::StripPrefix).map_err(bound)
            }
            "RewritePath" => {
                let values = named.values(&["regexp", "replacement"], 2)?;
                Rewrite::parse(&values[0], &values[1])
                    .map(Self::RewritePath)
                    .map_err(|message| named.refuse(message))
            }
            "AddRequestHeader" => added().map(|(name, value)| Self::AddRequestHeader(name, value)),
            "AddResponseHeader" => added().map(|(name, value)| Self::AddResponseHeader(name, value)),
            "RemoveRequestHeader" => header(&named.values(&["name"], 1)?[0]).map(Self::RemoveRequestHeader),
            name => Err(named.refuse(format!("filter `{name}` is not supported: there are {FILTERS}"))),
        }
    }

    /// The variables that it needs.
    pub(crate) fn variables(&self) -> impl Iterator<Item = &str> {
        let template = match self {
            Self::PrefixPath(template)
            | Self::SetPath(template)
            | Self::AddRequestHeader(_, template)
            | Self::AddResponseHeader(_, template) => Some(template),
            Self::StripPrefix(_) | Self::RewritePath(_) | Self::RemoveRequestHeader(_) => None,
        };
        template.into_iter().flat_map(Template::variables)
    }

    /// Changes the head of a request.
    pub(crate) fn request(&self, head: &mut Parts, variables: &Variables) -> Result<(), BadEdit> {
        let path = head.uri.path();
        let has_path = path != "*";
        let path = match self {
            Self::PrefixPath(prefix) => prefix.expand(variables) + path,
            Self::SetPath(template) => template.expand(variables),
            Self::StripPrefix(parts) => stripped(path, *parts),
            Self::RewritePath(rewrite) => rewrite.apply(path),
            Self::AddRequestHeader(name, template) => {
                return add(&mut head.headers, name, template, variables);
            }
            Self::RemoveRequestHeader(name) => {
                head.headers.remove(name);
                return Ok(());
            }
            Self::AddResponseHeader(..) => return Ok(()),
        };
        // `OPTIONS *` asks for the server as a whole.
        if !has_path {
            return Ok(());
        }
        set_path(&mut head.uri, &path)
    }

    /// Changes the headers of a response.
    pub(crate) fn response(&self, headers: &mut HeaderMap, variables: &Variables) -> Result<(), BadEdit> {
        match self {
            Self::AddResponseHeader(name, template) => add(headers, name, template, variables),
            _ => Ok(()),
        }
    }
}

fn add(
    headers: &mut HeaderMap,
    name: &HeaderName,
    value: &Template,
    variables: &Variables,
) -> Result<(), BadEdit> {
    let value = HeaderValue::try_from(value.expand(variables)).map_err(|_| BadEdit)?;
    headers.append(name, value);
    Ok(())
}

/// The path without its first `parts` segments; empty ones do not count. The rest stays byte for byte, behind one slash.
fn stripped(path: &str, parts: usize) -> String {
    let mut rest = path.trim_start_matches('/');
    for _ in 0..parts {
        rest = rest.split_once('/').map_or("", |(_, rest)| rest.trim_start_matches('/'));
        if rest.is_empty() {
            break;
        }
    }
    format!("/{rest}")
}

/// Puts another path before the query, which stays byte for byte. It begins with a slash, or else could change the host.
fn set_path(uri: &mut Uri, path: &str) -> Result<(), BadEdit> {
    let slash = if path.starts_with('/') { "" } else { "/" };
    let query = uri.query().map(|query| format!("?{query}")).unwrap_or_default();
    // A rewritten path must not begin a query or a fragment of its own.
    if path.contains(['?', '#']) {
        return Err(BadEdit);
    }
    let path: PathAndQuery = format!("{slash}{path}{query}").parse().map_err(|_| BadEdit)?;
    let mut parts = std::mem::take(uri).into_parts();
    parts.path_and_query = Some(path);
    *uri = Uri::from_parts(parts).map_err(|_| BadEdit)?;
    Ok(())
}

impl fmt::Display for Edit {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::PrefixPath(prefix) => write!(f, "PrefixPath={prefix}"),
            Self::StripPrefix(parts) => write!(f, "StripPrefix={parts}"),
            Self::RewritePath(_) => f.write_str("RewritePath"),
            Self::SetPath(template) => write!(f, "SetPath={template}"),
            Self::AddRequestHeader(name, _) => write!(f, "AddRequestHeader={name}"),
            Self::AddResponseHeader(name, _) => write!(f, "AddResponseHeader={name}"),
            Self::RemoveRequestHeader(name) => write!(f, "RemoveRequestHeader={name}"),
        }
    }
}
