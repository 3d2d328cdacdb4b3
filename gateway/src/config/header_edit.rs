//! [`HeaderEdit`]: a filter that changes the headers of a request.

use std::fmt;

use http::{HeaderMap, HeaderName, HeaderValue, header};
use persevere_http::spring::ConfigError;
use persevere_http::spring::routes::Definition;

use super::edit_value::{self, BadEdit, header_value, written};
use super::template::{HOST, Template, Variables};

/// A filter that changes the headers of a request.
#[derive(Clone, Debug)]
pub(crate) enum HeaderEdit {
    Add(HeaderName, Template),
    AddIfNotPresent(Vec<(HeaderName, Template)>),
    Set(HeaderName, Template),
    Remove(HeaderName),
    /// Gives the values of the first header to the second one, too.
    Map(HeaderName, HeaderName),
    /// `Host` is what the client asked for, instead of the server's address.
    PreserveHost(Template),
    SetHost(Template),
}

impl HeaderEdit {
    pub(crate) const NAMES: [&str; 7] = [
        "AddRequestHeader",
        "AddRequestHeadersIfNotPresent",
        "SetRequestHeader",
        "RemoveRequestHeader",
        "MapRequestHeader",
        "PreserveHostHeader",
        "SetRequestHostHeader",
    ];

    pub(crate) fn of(named: &Definition<'_>) -> Result<Self, ConfigError> {
        let pair = || {
            let values = named.values(&["name", "value"], 2)?;
            Ok::<_, ConfigError>((written(&values[0], named)?, header_value(&values[1], named)?))
        };
        match named.name {
            "AddRequestHeader" => pair().map(|(name, value)| Self::Add(name, value)),
            "AddRequestHeadersIfNotPresent" => absent(named).map(Self::AddIfNotPresent),
            "SetRequestHeader" => pair().map(|(name, value)| Self::Set(name, value)),
            "RemoveRequestHeader" => {
                edit_value::header(&named.values(&["name"], 1)?[0], named).map(Self::Remove)
            }
            "MapRequestHeader" => {
                let values = named.values(&["fromHeader", "toHeader"], 2)?;
                Ok(Self::Map(edit_value::header(&values[0], named)?, written(&values[1], named)?))
            }
            "PreserveHostHeader" => {
                named.values(&[], 0)?;
                Ok(Self::PreserveHost(Template::of(HOST)))
            }
            _ => header_value(&named.values(&["host"], 1)?[0], named).map(Self::SetHost),
        }
    }

    pub(crate) fn templates(&self) -> Vec<&Template> {
        match self {
            Self::Add(_, template)
            | Self::Set(_, template)
            | Self::PreserveHost(template)
            | Self::SetHost(template) => vec![template],
            Self::AddIfNotPresent(pairs) => pairs.iter().map(|(_, template)| template).collect(),
            Self::Remove(_) | Self::Map(..) => Vec::new(),
        }
    }

    pub(crate) fn apply(&self, headers: &mut HeaderMap, variables: &Variables) -> Result<(), BadEdit> {
        match self {
            Self::Add(name, template) => {
                headers.append(name, value(template, variables)?);
            }
            Self::AddIfNotPresent(pairs) => {
                for (name, template) in
                    pairs.iter().filter(|(name, _)| !headers.contains_key(name)).collect::<Vec<_>>()
                {
                    headers.append(name, value(template, variables)?);
                }
            }
            Self::Set(name, template) => {
                headers.insert(name, value(template, variables)?);
            }
            Self::Remove(name) => {
                headers.remove(name);
            }
            Self::Map(from, to) => {
                let values: Vec<_> = headers.get_all(from).iter().cloned().collect();
                for value in values {
                    headers.append(to, value);
                }
            }
            Self::PreserveHost(template) | Self::SetHost(template) => {
                let host = value(template, variables)?;
                // An old request may have none.
                if !host.is_empty() {
                    headers.insert(header::HOST, host);
                }
            }
        }
        Ok(())
    }
}

/// The pairs of `name:value`. A name can occur several times.
fn absent(named: &Definition<'_>) -> Result<Vec<(HeaderName, Template)>, ConfigError> {
    let pair = |text: &String| {
        let (name, value) = text.split_once(':').ok_or_else(|| {
            named.refuse(format!("`{text}` must be a header and its value, as in `X-Color:blue`"))
        })?;
        Ok((written(name.trim(), named)?, header_value(value.trim(), named)?))
    };
    named.list("keyValues")?.iter().map(pair).collect()
}

/// The value of a header.
pub(crate) fn value(template: &Template, variables: &Variables) -> Result<HeaderValue, BadEdit> {
    HeaderValue::try_from(template.expand(variables)).map_err(|_| BadEdit)
}

impl fmt::Display for HeaderEdit {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Add(name, _) => write!(f, "AddRequestHeader={name}"),
            Self::AddIfNotPresent(pairs) => {
                let names: Vec<_> = pairs.iter().map(|(name, _)| name.as_str()).collect();
                write!(f, "AddRequestHeadersIfNotPresent={}", names.join(","))
            }
            Self::Set(name, _) => write!(f, "SetRequestHeader={name}"),
            Self::Remove(name) => write!(f, "RemoveRequestHeader={name}"),
            Self::Map(from, to) => write!(f, "MapRequestHeader={from},{to}"),
            Self::PreserveHost(_) => f.write_str("PreserveHostHeader"),
            Self::SetHost(host) => write!(f, "SetRequestHostHeader={host}"),
        }
    }
}
