//! [`TransportFailure`]: how far a request got that has no response; [`Exception`]: Spring's names for it.

#[cfg(feature = "hyper")]
mod hyper;
mod io;

use std::error::Error;
use std::fmt;

use crate::replay::ReplayError;

/// How far a request got that ended without a response head.
///
/// Read from the types of an error and its [sources](Error::source), never from their texts.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum TransportFailure {
    /// Nothing was sent: refused, unreachable, no address, no connection in time.
    NotSent,
    /// The connection ended before the head of a response came. The request may have been processed.
    BeforeHead,
    /// No head of a response came in time. The request may have been processed.
    HeadTimeout,
    /// What came is no head of a response.
    BadHead,
    /// The request itself is at fault: its body failed, or it cannot be sent at all.
    Local,
}

impl TransportFailure {
    /// What the error says of the transport; `None` when it says nothing that is understood.
    ///
    /// ```
    /// use persevere_http::TransportFailure;
    /// use std::io::{Error, ErrorKind};
    ///
    /// let refused = Error::from(ErrorKind::ConnectionRefused);
    /// assert_eq!(TransportFailure::of(&refused), Some(TransportFailure::NotSent));
    /// assert_eq!(TransportFailure::of(&Error::other("no such thing")), None);
    /// ```
    #[must_use]
    pub fn of(error: &(dyn Error + 'static)) -> Option<Self> {
        // A body that fails takes the connection with it: whatever else the chain says follows from that.
        if chain(error).any(<dyn Error>::is::<ReplayError>) {
            return Some(Self::Local);
        }
        chain(error).find_map(|cause| {
            if cause.is::<HeadTimeout>() {
                return Some(Self::HeadTimeout);
            }
            #[cfg(feature = "hyper")]
            if let Some(failure) = hyper::read(cause) {
                return Some(failure);
            }
            io::read(cause)
        })
    }
}

/// The error and its sources, outermost first. An `io::Error` made from another error passes over it when asked
/// for its source, so that one is asked for by hand.
fn chain<'a>(error: &'a (dyn Error + 'static)) -> impl Iterator<Item = &'a (dyn Error + 'static)> {
    std::iter::successors(Some(error), |&error| {
        let inside = error.downcast_ref::<std::io::Error>().and_then(std::io::Error::get_ref);
        inside.map(|inside| inside as &(dyn Error + 'static)).or_else(|| error.source())
    })
}

/// The head of a response did not come in time.
///
/// The error of a service that limits the time of each attempt: the filter reads it as
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

/// A kind of exception that a Spring configuration can list.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum Exception {
    /// `java.io.IOException`: [`NotSent`](TransportFailure::NotSent) or
    /// [`BeforeHead`](TransportFailure::BeforeHead).
    Io,
    /// `java.net.ConnectException` and its like: [`NotSent`](TransportFailure::NotSent).
    Connect,
    /// `…TimeoutException`: [`HeadTimeout`](TransportFailure::HeadTimeout).
    Timeout,
    /// `java.lang.Throwable`: every failure but [`Local`](TransportFailure::Local) ones.
    Any,
}

impl Exception {
    /// Whether this exception stands for the failure.
    #[must_use]
    pub fn covers(self, failure: TransportFailure) -> bool {
        use TransportFailure::{BadHead, BeforeHead, HeadTimeout, NotSent};
        let covered: &[TransportFailure] = match self {
            Self::Io => &[NotSent, BeforeHead],
            Self::Connect => &[NotSent],
            Self::Timeout => &[HeadTimeout],
            Self::Any => &[NotSent, BeforeHead, HeadTimeout, BadHead],
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
        use TransportFailure::{BadHead, BeforeHead, HeadTimeout, Local, NotSent};
        let all = [NotSent, BeforeHead, HeadTimeout, BadHead, Local];
        for (exception, covered) in [
            (Exception::Io, &[NotSent, BeforeHead][..]),
            (Exception::Connect, &[NotSent]),
            (Exception::Timeout, &[HeadTimeout]),
            (Exception::Any, &[NotSent, BeforeHead, HeadTimeout, BadHead]),
        ] {
            let found: Vec<_> = all.into_iter().filter(|&failure| exception.covers(failure)).collect();
            assert_eq!(found, covered, "{exception}");
        }
    }

    #[test]
    fn io_errors_are_told_apart() {
        use std::io::ErrorKind as Kind;
        for (kind, failure) in [
            (Kind::ConnectionRefused, Some(TransportFailure::NotSent)),
            (Kind::HostUnreachable, Some(TransportFailure::NotSent)),
            (Kind::ConnectionReset, Some(TransportFailure::BeforeHead)),
            (Kind::BrokenPipe, Some(TransportFailure::BeforeHead)),
            (Kind::UnexpectedEof, Some(TransportFailure::BeforeHead)),
            (Kind::TimedOut, Some(TransportFailure::HeadTimeout)),
            (Kind::PermissionDenied, None),
        ] {
            assert_eq!(TransportFailure::of(&std::io::Error::from(kind)), failure, "{kind}");
        }
        assert_eq!(TransportFailure::of(&HeadTimeout::new()), Some(TransportFailure::HeadTimeout));
    }

    #[test]
    fn a_failed_body_is_local_whatever_the_rest_of_the_chain_says() {
        let reset = std::io::Error::new(std::io::ErrorKind::ConnectionReset, ReplayError::Revoked);
        assert_eq!(TransportFailure::of(&reset), Some(TransportFailure::Local));
    }
}
