//! [`Fault`]: why the body of a request failed.

use std::error::Error;
use std::fmt;
use std::sync::{Arc, OnceLock};

use persevere_http::ReplayError;

use super::guarded::BodyError;

/// The place where the body of a request leaves its error. A connection of HTTP/2 does not say why it has reset a stream.
#[derive(Clone, Debug, Default)]
pub(crate) struct Fault(Arc<OnceLock<FailedBody>>);

/// The error of a body, which others may have seen too.
#[derive(Clone, Debug)]
pub(crate) struct FailedBody(Arc<ReplayError>);

impl Fault {
    /// Keeps the error.
    pub(crate) fn keep(&self, error: ReplayError) -> FailedBody {
        self.0.get_or_init(|| FailedBody(Arc::new(error))).clone()
    }

    /// Returns the error if the client's body is the cause.
    ///
    /// The end of an attempt can be the cause as well.
    pub(crate) fn of_client(&self) -> Option<FailedBody> {
        self.0.get().filter(|error| BodyError::among(*error).is_some()).cloned()
    }
}

impl fmt::Display for FailedBody {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("the body of the request ended early")
    }
}

impl Error for FailedBody {
    fn source(&self) -> Option<&(dyn Error + 'static)> {
        Some(&*self.0)
    }
}
