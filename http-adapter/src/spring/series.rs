//! [`Series`]: the status codes of one class.

use std::fmt;

use http::StatusCode;

use super::status_name::{NAMES, plain};

/// The status codes of one class, as Spring names them.
///
/// A series contains the codes that Spring's `HttpStatus` knows and no others: 599 is of no series. Use
/// [`Statuses`](crate::Statuses) for such codes.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Series {
    /// 1xx
    Informational,
    /// 2xx
    Successful,
    /// 3xx
    Redirection,
    /// 4xx
    ClientError,
    /// 5xx
    ServerError,
}

impl Series {
    pub(crate) const ALL: [Self; 5] =
        [Self::Informational, Self::Successful, Self::Redirection, Self::ClientError, Self::ServerError];

    /// The name in a Spring configuration.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Informational => "INFORMATIONAL",
            Self::Successful => "SUCCESSFUL",
            Self::Redirection => "REDIRECTION",
            Self::ClientError => "CLIENT_ERROR",
            Self::ServerError => "SERVER_ERROR",
        }
    }

    /// Returns true if this series contains the code.
    #[must_use]
    pub fn contains(self, status: StatusCode) -> bool {
        let code = status.as_u16();
        code / 100 == self.hundreds() && NAMES.iter().any(|&(known, _)| known == code)
    }

    /// The series of this name: Spring's own in any spelling, or `5xx`.
    pub(crate) fn named(name: &str) -> Option<Self> {
        let plain = plain(name);
        Self::ALL.into_iter().find(|series| {
            plain == super::status_name::plain(series.as_str()) || plain == format!("{}xx", series.hundreds())
        })
    }

    const fn hundreds(self) -> u16 {
        match self {
            Self::Informational => 1,
            Self::Successful => 2,
            Self::Redirection => 3,
            Self::ClientError => 4,
            Self::ServerError => 5,
        }
    }
}

impl fmt::Display for Series {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}
