//! [`SendError`]: why an exchange has no response; [`Unanswered`]: the same, with the request if it can still be sent.

use std::io;

use http::Request;
use persevere_http::{HeadTimeout, NotConnected, OnReusedConnection};

use super::handed::AttemptBody;

/// The reason why an exchange has no response.
#[derive(Debug, thiserror::Error)]
pub(crate) enum SendError {
    #[error("nothing was sent")]
    Connect(#[source] NotConnected),
    #[error("nothing was sent")]
    Busy(#[source] NotConnected),
    #[error("no response")]
    Exchange(#[source] hyper::Error),
    #[error("no response")]
    Reused(#[source] OnReusedConnection),
    #[error("the server is too slow")]
    Timeout(#[source] HeadTimeout),
}

/// The error of a request, and the request if not a byte was written.
pub(super) type Unanswered = (SendError, Option<Request<AttemptBody>>);

impl SendError {
    /// Creates the error for a connection that was not available in time.
    pub(super) fn late(what: &'static str) -> Self {
        Self::Connect(NotConnected::new(io::Error::new(io::ErrorKind::TimedOut, what)))
    }

    /// Creates the error for a request for which no connection was free in time.
    pub(super) fn busy(what: &'static str) -> Self {
        Self::Busy(NotConnected::new(io::Error::new(io::ErrorKind::TimedOut, what)))
    }

    /// Creates the error for a response head that did not come in time.
    pub(super) fn head_timeout(reused: bool) -> Self {
        let late = HeadTimeout::new();
        if reused { Self::Reused(OnReusedConnection::new(late)) } else { Self::Timeout(late) }
    }

    /// Creates the error for an exchange that failed on a new or `reused` connection.
    pub(super) fn exchange(error: hyper::Error, reused: bool) -> Self {
        if reused { Self::Reused(OnReusedConnection::new(error)) } else { Self::Exchange(error) }
    }
}
