//! [`PathEdit`]: a filter that changes the path of a request.

use std::fmt;

use http::Uri;
use persevere_http::spring::ConfigError;
use persevere_http::spring::routes::Definition;

use super::edit_value::{BadEdit, set_path_and_query, template};
use super::rewrite::Rewrite;
use super::template::{Template, Variables};

/// A filter that changes the path of a request.
#[derive(Clone, Debug)]
pub(crate) enum PathEdit {
    Prefix(Template),
    /// Takes this number of segments off.
    Strip(usize),
    Rewrite(Rewrite),
    Set(Template),
}

impl PathEdit {
    pub(crate) const NAMES: [&str; 4] = ["PrefixPath", "StripPrefix", "RewritePath", "SetPath"];

    pub(crate) fn of(named: &Definition<'_>) -> Result<Self, ConfigError> {
        let path = |name: &str| {
            let text = named.values(&[name], 1)?.remove(0);
            if text.starts_with('/') {
                template(&text, named)
            } else {
                Err(named.refuse(format!("`{name}` is {text}: must begin with a slash")))
            }
        };
        match named.name {
            "PrefixPath" => path("prefix").map(Self::Prefix),
            "SetPath" => path("template").map(Self::Set),
            "StripPrefix" => {
                let parts = named.values(&["parts"], 0)?;
                let number = parts.first().map_or(Ok(1), |text| text.parse());
                let bound =
                    |_| named.refuse(format!("`parts` is {}: must be a whole number of segments", parts[0]));
                number.map(Self::Strip).map_err(bound)
            }
            _ => {
                let values = named.values(&["regexp", "replacement"], 2)?;
                let rewrite = Rewrite::parse(&values[0], &values[1]);
                rewrite.map(Self::Rewrite).map_err(|message| named.refuse(message))
            }
        }
    }

    pub(crate) fn templates(&self) -> Vec<&Template> {
        match self {
            Self::Prefix(template) | Self::Set(template) => vec![template],
            Self::Strip(_) | Self::Rewrite(_) => Vec::new(),
        }
    }

    pub(crate) fn apply(&self, uri: &mut Uri, variables: &Variables) -> Result<(), BadEdit> {
        let path = uri.path();
        let path = match self {
            Self::Prefix(prefix) => prefix.expand(variables) + path,
            Self::Set(template) => template.expand(variables),
            Self::Strip(parts) => stripped(path, *parts),
            Self::Rewrite(rewrite) => rewrite.apply(path),
        };
        // `OPTIONS *` asks for the server as a whole.
        if uri.path() == "*" { Ok(()) } else { set_path(uri, &path) }
    }
}

/// The path without its first `parts` segments; empty ones do not count. The rest stays byte for byte, after one slash.
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
    set_path_and_query(uri, &format!("{slash}{path}{query}"))
}

impl fmt::Display for PathEdit {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Prefix(prefix) => write!(f, "PrefixPath={prefix}"),
            Self::Strip(parts) => write!(f, "StripPrefix={parts}"),
            Self::Rewrite(_) => f.write_str("RewritePath"),
            Self::Set(template) => write!(f, "SetPath={template}"),
        }
    }
}
