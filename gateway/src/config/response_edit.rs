//! [`ResponseEdit`]: a filter that changes the head of a response.

use std::fmt;

use http::{HeaderMap, HeaderName, HeaderValue, Response, StatusCode};
use persevere_http::Statuses;
use persevere_http::spring::ConfigError;
use persevere_http::spring::routes::Definition;
use persevere_http::spring::yaml::meant_value;

use super::edit_value::{self, BadEdit, header_value, written};
use super::header_edit::value;
use super::rewrite::Rewrite;
use super::template::{Template, Variables};

/// A filter that changes the head of a response.
#[derive(Clone, Debug)]
pub(crate) enum ResponseEdit {
    Add(HeaderName, Template),
    AddIfAbsent(HeaderName, Template),
    Set(HeaderName, Template),
    Remove(HeaderName),
    Dedupe(Vec<HeaderName>, Keep),
    Rewrite(HeaderName, Rewrite),
    Secure,
    /// With the header that gets the status of the server.
    Status(StatusCode, Option<HeaderName>),
}

/// Which values of a header stay.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Keep {
    First,
    Last,
    Unique,
}

const STRATEGIES: [&str; 3] = ["RETAIN_FIRST", "RETAIN_LAST", "RETAIN_UNIQUE"];

/// The headers that `SecureHeaders` adds if the server has not sent them, as in Spring.
const SECURE: [(&str, &str); 8] = [
    ("x-xss-protection", "1 ; mode=block"),
    ("strict-transport-security", "max-age=631138519"),
    ("x-frame-options", "DENY"),
    ("x-content-type-options", "nosniff"),
    ("referrer-policy", "no-referrer"),
    (
        "content-security-policy",
        "default-src 'self' https:; font-src 'self' https: data:; img-src 'self' https: data:; object-src 'none'; script-src \
         https:; style-src 'self' https: 'unsafe-inline'",
    ),
    ("x-download-options", "noopen"),
    ("x-permitted-cross-domain-policies", "none"),
];

impl ResponseEdit {
    pub(crate) const NAMES: [&str; 7] = [
        "AddResponseHeader",
        "SetResponseHeader",
        "RemoveResponseHeader",
        "DedupeResponseHeader",
        "RewriteResponseHeader",
        "SecureHeaders",
        "SetStatus",
    ];

    pub(crate) fn of(
        named: &Definition<'_>,
        status_header: Option<&HeaderName>,
    ) -> Result<Self, ConfigError> {
        let pair = || {
            let values = named.values(&["name", "value"], 2)?;
            Ok::<_, ConfigError>((written(&values[0], named)?, header_value(&values[1], named)?))
        };
        match named.name {
            "AddResponseHeader" => added(named),
            "SetResponseHeader" => pair().map(|(name, value)| Self::Set(name, value)),
            "RemoveResponseHeader" => {
                edit_value::header(&named.values(&["name"], 1)?[0], named).map(Self::Remove)
            }
            "DedupeResponseHeader" => dedupe(named),
            "RewriteResponseHeader" => {
                let values = named.values(&["name", "regexp", "replacement"], 3)?;
                let rewrite =
                    Rewrite::parse(&values[1], &values[2]).map_err(|message| named.refuse(message))?;
                Ok(Self::Rewrite(written(&values[0], named)?, rewrite))
            }
            "SecureHeaders" => {
                named.values(&[], 0)?;
                Ok(Self::Secure)
            }
            _ => {
                let status = status(&named.values(&["status"], 1)?[0], named)?;
                Ok(Self::Status(status, status_header.cloned()))
            }
        }
    }

    pub(crate) fn templates(&self) -> Vec<&Template> {
        match self {
            Self::Add(_, template) | Self::AddIfAbsent(_, template) | Self::Set(_, template) => {
                vec![template]
            }
            _ => Vec::new(),
        }
    }

    pub(crate) fn apply<B>(&self, response: &mut Response<B>, variables: &Variables) -> Result<(), BadEdit> {
        let status = response.status();
        let headers = response.headers_mut();
        match self {
            Self::Add(name, template) => {
                headers.append(name, value(template, variables)?);
            }
            Self::AddIfAbsent(name, _) if headers.contains_key(name) => {}
            Self::AddIfAbsent(name, template) | Self::Set(name, template) => {
                headers.insert(name, value(template, variables)?);
            }
            Self::Remove(name) => {
                headers.remove(name);
            }
            Self::Dedupe(names, keep) => names.iter().for_each(|name| keep.apply(headers, name)),
            Self::Rewrite(name, rewrite) => rewritten(headers, name, rewrite)?,
            Self::Secure => {
                for (name, value) in SECURE {
                    headers.entry(name).or_insert(HeaderValue::from_static(value));
                }
            }
            // What has changed the protocol is no response any longer.
            Self::Status(..) if status == StatusCode::SWITCHING_PROTOCOLS => {}
            Self::Status(new, header) => {
                if let Some(name) = header {
                    headers.insert(name, HeaderValue::from(status.as_u16()));
                }
                *response.status_mut() = *new;
            }
        }
        Ok(())
    }
}

impl Keep {
    fn apply(self, headers: &mut HeaderMap, name: &HeaderName) {
        let values: Vec<HeaderValue> = headers.get_all(name).iter().cloned().collect();
        let kept: Vec<HeaderValue> = match self {
            Self::First => values.first().cloned().into_iter().collect(),
            Self::Last => values.last().cloned().into_iter().collect(),
            Self::Unique => {
                let is_new = |(index, value): &(usize, &HeaderValue)| !values[..*index].contains(value);
                values.iter().enumerate().filter(is_new).map(|(_, value)| value.clone()).collect()
            }
        };
        headers.remove(name);
        for value in kept {
            headers.append(name, value);
        }
    }
}

/// Reads `AddResponseHeader`.
///
/// The header is added to the values of the server. With `override: false`, it is added only if the server has sent no value.
fn added(named: &Definition<'_>) -> Result<ResponseEdit, ConfigError> {
    let values = named.values(&["name", "value", "override"], 2)?;
    let (name, value) = (written(&values[0], named)?, header_value(&values[1], named)?);
    match values.get(2).map(String::as_str) {
        None | Some("true") => Ok(ResponseEdit::Add(name, value)),
        Some("false") => Ok(ResponseEdit::AddIfAbsent(name, value)),
        Some(other) => Err(named.refuse(format!("`override` is {other}: must be true or false"))),
    }
}

fn dedupe(named: &Definition<'_>) -> Result<ResponseEdit, ConfigError> {
    let values = named.values(&["name", "strategy"], 1)?;
    let headers = values[0].split_whitespace().map(|name| edit_value::header(name, named));
    let plain = |text: &str| text.to_ascii_uppercase().replace('-', "_");
    let keep = match values.get(1).map(|text| plain(text)).as_deref() {
        None | Some("RETAIN_FIRST") => Keep::First,
        Some("RETAIN_LAST") => Keep::Last,
        Some("RETAIN_UNIQUE") => Keep::Unique,
        Some(other) => {
            let advice = meant_value(other, STRATEGIES);
            let known = "must be RETAIN_FIRST, RETAIN_LAST or RETAIN_UNIQUE";
            return Err(named.refuse(format!("`strategy` is {}: {known}{advice}", values[1])));
        }
    };
    Ok(ResponseEdit::Dedupe(headers.collect::<Result<_, _>>()?, keep))
}

/// A status by its number or its name.
fn status(text: &str, named: &Definition<'_>) -> Result<StatusCode, ConfigError> {
    let named_code = Statuses::named(text).filter(|codes| codes.start() == codes.end());
    let code = named_code.map(|codes| *codes.start()).or_else(|| text.parse().ok());
    let status =
        code.filter(|code| (200..=999).contains(code)).and_then(|code| StatusCode::from_u16(code).ok());
    status.ok_or_else(|| {
        let advice = meant_value(text, Statuses::names());
        named
            .refuse(format!("`status` is {text}: must be a status from 200 such as 404 or NOT_FOUND{advice}"))
    })
}

fn rewritten(headers: &mut HeaderMap, name: &HeaderName, rewrite: &Rewrite) -> Result<(), BadEdit> {
    let values: Vec<HeaderValue> = headers.get_all(name).iter().cloned().collect();
    headers.remove(name);
    for value in values {
        // What is no text has nothing to be found in it.
        let changed = match value.to_str() {
            Ok(text) => HeaderValue::try_from(rewrite.apply(text)).map_err(|_| BadEdit)?,
            Err(_) => value,
        };
        headers.append(name, changed);
    }
    Ok(())
}

impl fmt::Display for ResponseEdit {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Add(name, _) | Self::AddIfAbsent(name, _) => write!(f, "AddResponseHeader={name}"),
            Self::Set(name, _) => write!(f, "SetResponseHeader={name}"),
            Self::Remove(name) => write!(f, "RemoveResponseHeader={name}"),
            Self::Dedupe(names, _) => {
                let names: Vec<_> = names.iter().map(HeaderName::as_str).collect();
                write!(f, "DedupeResponseHeader={}", names.join(" "))
            }
            Self::Rewrite(name, _) => write!(f, "RewriteResponseHeader={name}"),
            Self::Secure => f.write_str("SecureHeaders"),
            Self::Status(status, _) => write!(f, "SetStatus={}", status.as_u16()),
        }
    }
}
