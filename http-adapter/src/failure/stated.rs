//! [`HeadTimeout`] and [`AfterHead`]: errors that say themselves what failed.

use std::error::Error;

use super::TransportFailure;

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
    /// The error.
    #[must_use]
    pub const fn new() -> Self {
        Self
    }
}

/// The body of a response failed, for an operation that reads it as a part of the attempt.
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
    /// `error`, as what a body ended in.
    pub fn new(error: impl Into<Box<dyn Error + Send + Sync>>) -> Self {
        Self(error.into())
    }
}

pub(super) fn read(cause: &(dyn Error + 'static)) -> Option<TransportFailure> {
    if cause.is::<HeadTimeout>() || cause.is::<persevere::Elapsed>() {
        return Some(TransportFailure::HeadTimeout);
    }
    cause.is::<AfterHead>().then_some(TransportFailure::AfterHead)
}
