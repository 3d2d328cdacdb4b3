//! [`Edit`]: a filter that changes the head of a request or of a response.

use std::fmt;

use http::request::Parts;
use http::uri::PathAndQuery;
use http::{HeaderName, Response, Uri};
use persevere_http::ConfigError;

use super::header_edit::HeaderEdit;
use super::named::Named;
use super::path_edit::PathEdit;
use super::query_edit::QueryEdit;
use super::response_edit::ResponseEdit;
use super::template::{Template, Variables};

/// A filter that changes the head of a request or of a response.
#[derive(Clone, Debug)]
pub(crate) enum Edit {
    Path(PathEdit),
    Query(QueryEdit),
    Header(HeaderEdit),
    Response(ResponseEdit),
}

/// The error of an edit whose result cannot be sent.
#[derive(Clone, Copy, Debug, thiserror::Error)]
#[error("a filter of the route made an invalid path or header")]
pub(crate) struct BadEdit;

/// Fields that filters must not write.
///
/// Their values belong to one connection or to the framing of the body.
const FRAMING: [&str; 8] = [
    "content-length",
    "transfer-encoding",
    "connection",
    "keep-alive",
    "proxy-connection",
    "te",
    "trailer",
    "upgrade",
];

impl Edit {
    /// The names of all edits.
    pub(crate) fn names() -> impl Iterator<Item = &'static str> {
        let requests = PathEdit::NAMES.iter().chain(&QueryEdit::NAMES).chain(&HeaderEdit::NAMES);
        requests.chain(&ResponseEdit::NAMES).copied()
    }

    /// Reads the edit of this name. Returns `None` if there is none.
    pub(crate) fn of(
        named: &Named<'_>,
        status_header: Option<&HeaderName>,
    ) -> Option<Result<Self, ConfigError>> {
        let name = &named.name;
        if PathEdit::NAMES.contains(name) {
            return Some(PathEdit::of(named).map(Self::Path));
        }
        if QueryEdit::NAMES.contains(name) {
            return Some(QueryEdit::of(named).map(Self::Query));
        }
        if HeaderEdit::NAMES.contains(name) {
            return Some(HeaderEdit::of(named).map(Self::Header));
        }
        let is_response = ResponseEdit::NAMES.contains(name);
        is_response.then(|| ResponseEdit::of(named, status_header).map(Self::Response))
    }

    /// The variables that it needs.
    pub(crate) fn variables(&self) -> impl Iterator<Item = &str> {
        let templates = match self {
            Self::Path(edit) => edit.templates(),
            Self::Query(edit) => edit.templates(),
            Self::Header(edit) => edit.templates(),
            Self::Response(edit) => edit.templates(),
        };
        templates.into_iter().flat_map(Template::variables)
    }

    /// Changes the head of a request.
    pub(crate) fn request(&self, head: &mut Parts, variables: &Variables) -> Result<(), BadEdit> {
        match self {
            Self::Path(edit) => edit.apply(&mut head.uri, variables),
            Self::Query(edit) => edit.apply(&mut head.uri, variables),
            Self::Header(edit) => edit.apply(&mut head.headers, variables),
            Self::Response(_) => Ok(()),
        }
    }

    /// Changes the head of a response.
    pub(crate) fn response<B>(
        &self,
        response: &mut Response<B>,
        variables: &Variables,
    ) -> Result<(), BadEdit> {
        match self {
            Self::Response(edit) => edit.apply(response, variables),
            Self::Path(_) | Self::Query(_) | Self::Header(_) => Ok(()),
        }
    }
}

/// Replaces everything behind the host of a request.
pub(crate) fn set_path_and_query(uri: &mut Uri, text: &str) -> Result<(), BadEdit> {
    let path: PathAndQuery = text.parse().map_err(|_| BadEdit)?;
    let mut parts = std::mem::take(uri).into_parts();
    parts.path_and_query = Some(path);
    *uri = Uri::from_parts(parts).map_err(|_| BadEdit)?;
    Ok(())
}

/// A text with variables.
pub(crate) fn template(text: &str, named: &Named<'_>) -> Result<Template, ConfigError> {
    Template::parse(text).map_err(|message| named.refuse(message))
}

/// The value of a header with variables.
pub(crate) fn header_value(text: &str, named: &Named<'_>) -> Result<Template, ConfigError> {
    if http::HeaderValue::from_bytes(text.as_bytes()).is_err() {
        return Err(named.refuse(format!(
            "a value of `{}` has a line break or a control character, which no header can have",
            named.name
        )));
    }
    template(text, named)
}

/// The name of a header that is read or removed.
pub(crate) fn header(name: &str, named: &Named<'_>) -> Result<HeaderName, ConfigError> {
    name.parse().map_err(|_| named.refuse(format!("`{name}` is not a valid header name")))
}

/// The name of a header that is written.
pub(crate) fn written(name: &str, named: &Named<'_>) -> Result<HeaderName, ConfigError> {
    let header = header(name, named)?;
    if FRAMING.contains(&header.as_str()) {
        let message = format!(
            "`{name}` says how a message is sent, so the gateway writes it itself: remove this filter"
        );
        return Err(named.refuse(message));
    }
    if header == http::header::HOST {
        return Err(named.refuse(
            "write `SetRequestHostHeader` for the header `Host`, or `PreserveHostHeader` to keep it",
        ));
    }
    Ok(header)
}

impl fmt::Display for Edit {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Path(edit) => write!(f, "{edit}"),
            Self::Query(edit) => write!(f, "{edit}"),
            Self::Header(edit) => write!(f, "{edit}"),
            Self::Response(edit) => write!(f, "{edit}"),
        }
    }
}
