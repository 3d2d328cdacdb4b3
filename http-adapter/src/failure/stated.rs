//! [`HeadTimeout`], [`AfterHead`], [`NotConnected`] and [`OnReusedConnection`]: errors that say themselves what failed.

use std::error::Error;

use super::{TransportFailure, not_connected};

/// The head of a response did not come in time.
///
/// The error of a service that limits the time of each attempt: it is read as
/// [`TransportFailure::HeadTimeout`], alone or as the [source](Error::source) of another error. An error that
/// passes its source's source off as its own (`#[error(transparent)]` of `thiserror`) hides it.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, thiserror::Error)]
#[error("no response head in time")]
#[non_exhaustive]
pub struct HeadTimeout;

impl HeadTimeout {
    /// Creates the error.
    #[must_use]
    pub const fn new() -> Self {
        Self
    }
}

/// The error of a response body that failed while the attempt read it.
///
/// Most clients tell a body that failed by the same errors as a head that did not come. Wrapped in this one, they are
/// read as [`TransportFailure::AfterHead`].
///
/// ```
/// use persevere_http::{AfterHead, TransportFailure};
/// use std::io::{Error, ErrorKind};
///
/// let cut = AfterHead::new(Error::from(ErrorKind::UnexpectedEof));
/// assert_eq!(TransportFailure::of(&cut), Some(TransportFailure::AfterHead));
/// ```
#[derive(Debug, thiserror::Error)]
#[error("the response body failed")]
pub struct AfterHead(#[source] Box<dyn Error + Send + Sync>);

impl AfterHead {
    /// Wraps the error that ended the body.
    pub fn new(error: impl Into<Box<dyn Error + Send + Sync>>) -> Self {
        Self(error.into())
    }
}

/// The error of a client that could not connect.
///
/// Clients that open their connections themselves wrap the error of the attempt to connect, TLS handshake included.
/// Nothing of the request was sent, so a refused connection, a reset or a timeout is read as [`TransportFailure::NotSent`].
/// An error that would repeat, such as an untrusted certificate, is read as [`TransportFailure::Local`].
///
/// ```
/// use persevere_http::{NotConnected, TransportFailure};
/// use std::io::{Error, ErrorKind};
///
/// let late = Error::from(ErrorKind::TimedOut);
/// assert_eq!(TransportFailure::of(&late), Some(TransportFailure::HeadTimeout));
/// assert_eq!(TransportFailure::of(&NotConnected::new(late)), Some(TransportFailure::NotSent));
///
/// let untrusted = Error::new(ErrorKind::InvalidData, "unknown issuer");
/// assert_eq!(TransportFailure::of(&NotConnected::new(untrusted)), Some(TransportFailure::Local));
/// ```
#[derive(Debug, thiserror::Error)]
#[error("cannot connect")]
pub struct NotConnected(#[source] Box<dyn Error + Send + Sync>);

impl NotConnected {
    /// Wraps the error of a failed attempt to connect.
    pub fn new(error: impl Into<Box<dyn Error + Send + Sync>>) -> Self {
        Self(error.into())
    }
}

/// The error of an exchange on a connection that had given a response before.
///
/// The other side may have closed such a connection while it was idle. [`TransportFailure::BeforeHead`] is then read as
/// [`TransportFailure::ReusedClosed`], and every other failure stays as it is. A client of hyper-util does not need this
/// type if its connector is a [`MarkReuse`](crate::MarkReuse).
///
/// ```
/// use persevere_http::{OnReusedConnection, TransportFailure};
/// use std::io::{Error, ErrorKind};
///
/// let closed = OnReusedConnection::new(Error::from(ErrorKind::ConnectionReset));
/// assert_eq!(TransportFailure::of(&closed), Some(TransportFailure::ReusedClosed));
///
/// let late = OnReusedConnection::new(Error::from(ErrorKind::TimedOut));
/// assert_eq!(TransportFailure::of(&late), Some(TransportFailure::HeadTimeout));
/// ```
#[derive(Debug, thiserror::Error)]
#[error("the exchange failed on a reused connection")]
pub struct OnReusedConnection(#[source] Box<dyn Error + Send + Sync>);

impl OnReusedConnection {
    /// Wraps the error of an exchange on a reused connection.
    pub fn new(error: impl Into<Box<dyn Error + Send + Sync>>) -> Self {
        Self(error.into())
    }
}

pub(super) fn read(cause: &(dyn Error + 'static)) -> Option<TransportFailure> {
    if cause.is::<HeadTimeout>() || cause.is::<persevere::Elapsed>() {
        Some(TransportFailure::HeadTimeout)
    } else if cause.is::<AfterHead>() {
        Some(TransportFailure::AfterHead)
    } else if cause.is::<NotConnected>() {
        Some(not_connected(cause))
    } else {
        None
    }
}

/// Returns true if the client says that the connection had delivered a response before.
pub(super) fn on_a_reused_connection(cause: &(dyn Error + 'static)) -> bool {
    cause.is::<OnReusedConnection>()
}
