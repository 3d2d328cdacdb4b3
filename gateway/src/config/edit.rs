//! [`Edit`]: a filter that changes the head of a request or of a response.

use std::fmt;

use http::request::Parts;
use http::{HeaderName, Response};
use persevere_http::spring::ConfigError;
use persevere_http::spring::routes::Definition;

use super::edit_value::BadEdit;
use super::header_edit::HeaderEdit;
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

impl Edit {
    /// The names of all edits.
    pub(crate) fn names() -> impl Iterator<Item = &'static str> {
        let requests = PathEdit::NAMES.iter().chain(&QueryEdit::NAMES).chain(&HeaderEdit::NAMES);
        requests.chain(&ResponseEdit::NAMES).copied()
    }

    /// Reads the edit of this name. Returns `None` if there is none.
    pub(crate) fn of(
        named: &Definition<'_>,
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
