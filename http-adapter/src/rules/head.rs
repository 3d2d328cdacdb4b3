//! [`Head`]: the head of a response, as rules and predicates see it.

use std::fmt;

use http::{HeaderMap, Response, StatusCode};

/// The head of a response, as rules and predicates see it.
#[derive(Clone, Copy)]
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

impl fmt::Debug for Head<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        // The values of headers may be secret.
        let names: Vec<_> = self.headers.keys().collect();
        f.debug_struct("Head").field("status", &self.status).field("headers", &names).finish_non_exhaustive()
    }
}
