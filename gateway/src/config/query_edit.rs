//! [`QueryEdit`]: a filter that changes the query of a request.

use std::fmt;

use http::Uri;
use persevere_http::spring::ConfigError;
use persevere_http::spring::routes::Definition;

use super::edit_value::{BadEdit, set_path_and_query, template};
use super::template::{Template, Variables};

/// A filter that changes the query of a request. What it does not change stays byte for byte.
#[derive(Clone, Debug)]
pub(crate) enum QueryEdit {
    Add(String, Template),
    Remove(String),
    /// Replaces all values of a parameter by one, if the query has the parameter.
    Rewrite(String, Template),
}

impl QueryEdit {
    pub(crate) const NAMES: [&str; 3] =
        ["AddRequestParameter", "RemoveRequestParameter", "RewriteRequestParameter"];

    pub(crate) fn of(named: &Definition<'_>) -> Result<Self, ConfigError> {
        match named.name {
            "AddRequestParameter" => {
                let values = named.values(&["name", "value"], 2)?;
                Ok(Self::Add(values[0].clone(), template(&values[1], named)?))
            }
            "RemoveRequestParameter" => Ok(Self::Remove(named.values(&["name"], 1)?.remove(0))),
            _ => {
                let values = named.values(&["name", "replacement"], 2)?;
                Ok(Self::Rewrite(values[0].clone(), template(&values[1], named)?))
            }
        }
    }

    pub(crate) fn templates(&self) -> Vec<&Template> {
        match self {
            Self::Add(_, template) | Self::Rewrite(_, template) => vec![template],
            Self::Remove(_) => Vec::new(),
        }
    }

    pub(crate) fn apply(&self, uri: &mut Uri, variables: &Variables) -> Result<(), BadEdit> {
        // `OPTIONS *` asks for the server as a whole.
        if uri.path() == "*" {
            return Ok(());
        }
        let parameters: Vec<&str> = uri.query().into_iter().flat_map(|query| query.split('&')).collect();
        let others = |name: &str| parameters.iter().filter(|text| !is_named(text, name)).copied().collect();
        let mut kept: Vec<&str> = match self {
            Self::Add(..) => parameters.clone(),
            Self::Remove(name) | Self::Rewrite(name, _) => others(name),
        };
        let added = match self {
            Self::Add(name, value) => Some(pair(name, &value.expand(variables))),
            Self::Rewrite(name, value) if kept.len() < parameters.len() => {
                Some(pair(name, &value.expand(variables)))
            }
            Self::Remove(_) | Self::Rewrite(..) => None,
        };
        kept.extend(added.as_deref());
        set_query(uri, &kept.join("&"))
    }
}

/// Returns true if a parameter has this name, without its encoding.
fn is_named(parameter: &str, name: &str) -> bool {
    form_urlencoded::parse(parameter.as_bytes()).any(|(known, _)| known == name)
}

/// Returns a parameter in its encoding.
fn pair(name: &str, value: &str) -> String {
    form_urlencoded::Serializer::new(String::new()).append_pair(name, value).finish()
}

/// Puts another query after the path, which stays byte for byte.
fn set_query(uri: &mut Uri, query: &str) -> Result<(), BadEdit> {
    let path = uri.path();
    let text = if query.is_empty() { path.to_owned() } else { format!("{path}?{query}") };
    set_path_and_query(uri, &text)
}

impl fmt::Display for QueryEdit {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Add(name, _) => write!(f, "AddRequestParameter={name}"),
            Self::Remove(name) => write!(f, "RemoveRequestParameter={name}"),
            Self::Rewrite(name, _) => write!(f, "RewriteRequestParameter={name}"),
        }
    }
}
