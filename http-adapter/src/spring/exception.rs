//! [`Exception`]: the names that a Spring configuration has for failures of the transport.

use std::fmt;

use crate::failure::TransportFailure;

/// A kind of exception that a Spring configuration can list.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum Exception {
    /// `java.io.IOException`: [`NotSent`](TransportFailure::NotSent), [`Refused`](TransportFailure::Refused),
    /// [`ReusedClosed`](TransportFailure::ReusedClosed) or [`BeforeHead`](TransportFailure::BeforeHead).
    Io,
    /// `java.net.ConnectException` and its like: [`NotSent`](TransportFailure::NotSent).
    Connect,
    /// `…TimeoutException`: [`HeadTimeout`](TransportFailure::HeadTimeout).
    Timeout,
    /// `java.lang.Throwable`: every failure but [`Local`](TransportFailure::Local) ones and
    /// [`AfterHead`](TransportFailure::AfterHead).
    Any,
}

impl Exception {
    /// Returns true if this exception stands for the failure.
    #[must_use]
    pub fn covers(self, failure: TransportFailure) -> bool {
        use TransportFailure::{BadHead, BeforeHead, HeadTimeout, NotSent, Refused, ReusedClosed};
        let covered: &[TransportFailure] = match self {
            Self::Io => &[NotSent, Refused, ReusedClosed, BeforeHead],
            Self::Connect => &[NotSent],
            Self::Timeout => &[HeadTimeout],
            Self::Any => &[NotSent, Refused, ReusedClosed, BeforeHead, HeadTimeout, BadHead],
        };
        covered.contains(&failure)
    }

    /// The exception of this class name, with or without its package.
    pub(crate) fn named(class: &str) -> Option<Self> {
        let matches = |known: &&(&str, Self)| {
            known.0 == class || known.0.rsplit('.').next().is_some_and(|simple| simple == class)
        };
        CLASSES.iter().find(matches).map(|&(_, exception)| exception)
    }
}

/// The classes that are known, each with what it stands for.
pub(crate) const CLASSES: &[(&str, Exception)] = &[
    ("java.io.IOException", Exception::Io),
    ("java.net.SocketException", Exception::Io),
    ("reactor.netty.http.client.PrematureCloseException", Exception::Io),
    ("java.net.ConnectException", Exception::Connect),
    ("java.net.UnknownHostException", Exception::Connect),
    ("io.netty.channel.ConnectTimeoutException", Exception::Connect),
    ("org.springframework.cloud.gateway.support.TimeoutException", Exception::Timeout),
    ("java.util.concurrent.TimeoutException", Exception::Timeout),
    ("io.netty.handler.timeout.ReadTimeoutException", Exception::Timeout),
    ("java.lang.Throwable", Exception::Any),
    ("java.lang.Exception", Exception::Any),
];

impl fmt::Display for Exception {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Io => "IOException",
            Self::Connect => "ConnectException",
            Self::Timeout => "TimeoutException",
            Self::Any => "Throwable",
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_class_is_known_with_and_without_its_package() {
        assert_eq!(Exception::named("java.io.IOException"), Some(Exception::Io));
        assert_eq!(Exception::named("IOException"), Some(Exception::Io));
        assert_eq!(Exception::named("TimeoutException"), Some(Exception::Timeout));
        assert_eq!(Exception::named("java.net.ConnectException"), Some(Exception::Connect));
        assert_eq!(Exception::named("io.IOException"), None);
        assert_eq!(Exception::named("java.io."), None);
        assert_eq!(Exception::named(""), None);
    }

    #[test]
    fn each_exception_covers_its_failures_and_no_others() {
        use TransportFailure::{BadHead, BeforeHead, HeadTimeout, NotSent, Refused, ReusedClosed};
        for (exception, covered) in [
            (Exception::Io, &[NotSent, Refused, ReusedClosed, BeforeHead][..]),
            (Exception::Connect, &[NotSent]),
            (Exception::Timeout, &[HeadTimeout]),
            (Exception::Any, &[NotSent, Refused, ReusedClosed, BeforeHead, HeadTimeout, BadHead]),
        ] {
            let found: Vec<_> =
                TransportFailure::ALL.into_iter().filter(|&failure| exception.covers(failure)).collect();
            assert_eq!(found, covered, "{exception}");
        }
    }
}
