//! [`Head`]: the head of a response, as rules and predicates see it.

use http::{HeaderMap, Response, StatusCode};

/// The head of a response, as rules and predicates see it.
#[derive(Clone, Copy, Debug)]
#[non_exhaustive]
pub struct Head<'a> {
    /// The status code.
    pub status: StatusCode,
    /// The headers.
    pub headers: &'a HeaderMap,
    /// What services have attached to the response.
    pub extensions: &'a http::Extensions,
}

impl<'a> Head<'a> {
    /// The head of `response`.
    #[must_use]
    pub fn of<B>(response: &'a Response<B>) -> Self {
        Self::new(response.status(), response.headers(), response.extensions())
    }

    /// The head that has these parts.
    #[must_use]
    pub const fn new(status: StatusCode, headers: &'a HeaderMap, extensions: &'a http::Extensions) -> Self {
        Self { status, headers, extensions }
    }
}
