//! [`TransportFailure`]: how far a request got that has no response.

#[cfg(feature = "h2")]
mod h2;
#[cfg(feature = "hyper")]
mod hyper;
mod io;
mod permanent;
#[cfg(feature = "reqwest")]
mod reqwest;
mod stated;
#[cfg(feature = "tokio")]
mod tokio;

use std::error::Error;
use std::fmt;

use crate::replay::ReplayError;

pub use self::stated::{AfterHead, HeadTimeout, NotConnected, OnReusedConnection};

/// How far a request got that has no response.
///
/// Read from the types of an error and its [sources](Error::source). Their texts count only for errors of hyper-util and
/// hyper-rustls that say that a request cannot be sent at all, as these have no public type.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum TransportFailure {
    /// Nothing was sent: refused, unreachable, no address, no connection in time, no TLS session.
    NotSent,
    /// The other side says that it has processed nothing of the request: HTTP/2's `REFUSED_STREAM`, and streams that
    /// its `GOAWAY` leaves out ([RFC 9113, 8.7](https://www.rfc-editor.org/rfc/rfc9113#section-8.7)).
    Refused,
    /// A connection that had given a response before ended without a byte of this one: it was mostly closed before the
    /// request came, but nobody knows. Seen where the client's connector is a [`MarkReuse`](crate::MarkReuse), and where
    /// the client says so by [`OnReusedConnection`].
    ReusedClosed,
    /// The connection ended before the head of a response came. The request may have been processed.
    BeforeHead,
    /// No head of a response came in time. The request may have been processed.
    HeadTimeout,
    /// What came is no head of a response, or one that is larger than allowed here.
    BadHead,
    /// The head of a response came, and its body did not follow.
    AfterHead,
    /// The cause is on this side and stays: the request's own body failed, its URL or scheme cannot be sent to, the
    /// certificate of the other side is not trusted here.
    Local,
}

impl TransportFailure {
    /// Every kind.
    #[cfg(test)]
    pub(crate) const ALL: [Self; 8] = [
        Self::NotSent,
        Self::Refused,
        Self::ReusedClosed,
        Self::BeforeHead,
        Self::HeadTimeout,
        Self::BadHead,
        Self::AfterHead,
        Self::Local,
    ];

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
        let failure = chain(error).find_map(|cause| READERS.iter().find_map(|read| read(cause)))?;
        let is_any = |signs: &[Sign]| chain(error).any(|cause| signs.iter().any(|sign| sign(cause)));
        let is_idle_close = failure == Self::BeforeHead && is_any(REUSED) && !is_any(ALIVE);
        Some(if is_idle_close { Self::ReusedClosed } else { failure })
    }

    /// Whether the request may be sent again whatever its method: nothing of it has been processed.
    #[must_use]
    pub const fn is_unprocessed(self) -> bool {
        matches!(self, Self::NotSent | Self::Refused)
    }

    /// A short name for labels and fields that does not change: `not_sent`, `before_head`, ….
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::NotSent => "not_sent",
            Self::Refused => "refused",
            Self::ReusedClosed => "reused_closed",
            Self::BeforeHead => "before_head",
            Self::HeadTimeout => "head_timeout",
            Self::BadHead => "bad_head",
            Self::AfterHead => "after_head",
            Self::Local => "local",
        }
    }
}

impl fmt::Display for TransportFailure {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.as_str())
    }
}

/// Says what one error of a chain says, if it is of its kind.
type Reader = fn(&(dyn Error + 'static)) -> Option<TransportFailure>;

/// Asked one after the other.
const READERS: &[Reader] = &[
    #[cfg(feature = "reqwest")]
    reqwest::read,
    #[cfg(feature = "hyper")]
    hyper::read,
    #[cfg(feature = "h2")]
    h2::read,
    #[cfg(feature = "tokio")]
    tokio::read,
    stated::read,
    permanent::read,
    io::read,
];

/// Returns true if an error of a chain is the one that is looked for.
type Sign = fn(&(dyn Error + 'static)) -> bool;

/// Signs of a connection that had given a response before.
const REUSED: &[Sign] = &[
    #[cfg(feature = "hyper")]
    hyper::on_a_reused_connection,
    stated::on_a_reused_connection,
];

/// Signs of a server that was there: it has ended the exchange itself, and no idle connection.
const ALIVE: &[Sign] = &[
    #[cfg(feature = "h2")]
    h2::is_reset_by_server,
];

/// What it means that a client could not connect: everything that may pass is worth another attempt, time-outs and resets
/// further down the chain included.
fn not_connected(error: &(dyn Error + 'static)) -> TransportFailure {
    if chain(error).any(permanent::stays) { TransportFailure::Local } else { TransportFailure::NotSent }
}

/// The status that an error was made of, by `error_for_status` of reqwest.
#[cfg(feature = "reqwest")]
pub(crate) fn status(error: &(dyn Error + 'static)) -> Option<http::StatusCode> {
    chain(error).find_map(|cause| cause.downcast_ref::<::reqwest::Error>()?.status())
}

/// The error and its sources, outermost first. An `io::Error` made from another error passes over it when asked
/// for its source, so that one is asked for by hand.
fn chain<'a>(error: &'a (dyn Error + 'static)) -> impl Iterator<Item = &'a (dyn Error + 'static)> {
    std::iter::successors(Some(error), |&error| {
        let inside = error.downcast_ref::<std::io::Error>().and_then(std::io::Error::get_ref);
        inside.map(|inside| inside as &(dyn Error + 'static)).or_else(|| error.source())
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn io_errors_are_told_apart() {
        use std::io::ErrorKind as Kind;
        for (kind, failure) in [
            (Kind::ConnectionRefused, Some(TransportFailure::NotSent)),
            (Kind::AddrNotAvailable, Some(TransportFailure::NotSent)),
            (Kind::HostUnreachable, Some(TransportFailure::BeforeHead)),
            (Kind::NetworkUnreachable, Some(TransportFailure::BeforeHead)),
            (Kind::ConnectionReset, Some(TransportFailure::BeforeHead)),
            (Kind::ConnectionAborted, Some(TransportFailure::BeforeHead)),
            (Kind::NotConnected, Some(TransportFailure::BeforeHead)),
            (Kind::BrokenPipe, Some(TransportFailure::BeforeHead)),
            (Kind::UnexpectedEof, Some(TransportFailure::BeforeHead)),
            (Kind::TimedOut, Some(TransportFailure::HeadTimeout)),
            (Kind::PermissionDenied, None),
            (Kind::InvalidData, None),
        ] {
            assert_eq!(TransportFailure::of(&std::io::Error::from(kind)), failure, "{kind}");
        }
    }

    #[test]
    fn errors_that_say_it_themselves_are_believed() {
        assert_eq!(TransportFailure::of(&HeadTimeout::new()), Some(TransportFailure::HeadTimeout));
        let elapsed = persevere::Elapsed::new();
        assert_eq!(TransportFailure::of(&elapsed), Some(TransportFailure::HeadTimeout));
        let cut = AfterHead::new(std::io::Error::from(std::io::ErrorKind::ConnectionReset));
        assert_eq!(TransportFailure::of(&cut), Some(TransportFailure::AfterHead));
    }

    #[test]
    fn a_client_that_could_not_connect_sent_nothing() {
        use std::io::{Error as IoError, ErrorKind as Kind};
        for kind in
            [Kind::ConnectionReset, Kind::TimedOut, Kind::UnexpectedEof, Kind::HostUnreachable, Kind::Other]
        {
            let failed = NotConnected::new(IoError::from(kind));
            assert_eq!(TransportFailure::of(&failed), Some(TransportFailure::NotSent), "{kind}");
            assert_eq!(
                TransportFailure::of(&IoError::other(failed)),
                Some(TransportFailure::NotSent),
                "{kind}"
            );
        }
        assert_eq!(TransportFailure::of(&NotConnected::new("no address")), Some(TransportFailure::NotSent));
        let late = NotConnected::new(HeadTimeout::new());
        assert_eq!(TransportFailure::of(&late), Some(TransportFailure::NotSent));
        let untrusted = NotConnected::new(IoError::other(IoError::from(Kind::InvalidData)));
        assert_eq!(TransportFailure::of(&untrusted), Some(TransportFailure::Local));
    }

    #[test]
    fn a_reused_connection_changes_only_what_broke_before_the_head() {
        for failure in TransportFailure::ALL {
            let inner: Box<dyn Error + Send + Sync> = match failure {
                TransportFailure::NotSent => NotConnected::new("refused").into(),
                TransportFailure::BeforeHead => std::io::Error::from(std::io::ErrorKind::BrokenPipe).into(),
                TransportFailure::HeadTimeout => HeadTimeout::new().into(),
                TransportFailure::AfterHead => AfterHead::new("cut").into(),
                TransportFailure::Local => ReplayError::Revoked.into(),
                _ => continue, // no error of this crate's own, or of std, tells the others
            };
            let expected = match failure {
                TransportFailure::BeforeHead => TransportFailure::ReusedClosed,
                other => other,
            };
            let reused = OnReusedConnection::new(inner);
            assert_eq!(TransportFailure::of(&reused), Some(expected), "{failure}");
            let outside = AfterHead::new(reused);
            assert_ne!(TransportFailure::of(&outside), Some(TransportFailure::ReusedClosed), "{failure}");
        }
        assert_eq!(TransportFailure::of(&OnReusedConnection::new("unknown")), None);
    }

    #[test]
    fn stated_errors_keep_their_source() {
        let source = |error: &dyn Error| error.source().map(ToString::to_string);
        assert_eq!(source(&NotConnected::new("inside")).as_deref(), Some("inside"));
        assert_eq!(source(&OnReusedConnection::new("inside")).as_deref(), Some("inside"));
    }

    #[test]
    fn a_failed_body_is_local_whatever_the_rest_of_the_chain_says() {
        let reset = std::io::Error::new(std::io::ErrorKind::ConnectionReset, ReplayError::Revoked);
        assert_eq!(TransportFailure::of(&reset), Some(TransportFailure::Local));
    }

    #[test]
    fn only_what_was_not_processed_may_be_sent_again_whatever_its_method() {
        let unprocessed = TransportFailure::ALL.into_iter().filter(|failure| failure.is_unprocessed());
        assert_eq!(unprocessed.collect::<Vec<_>>(), [TransportFailure::NotSent, TransportFailure::Refused]);
    }

    #[test]
    fn each_kind_has_a_name_of_its_own() {
        let names = TransportFailure::ALL.map(TransportFailure::as_str);
        let expected = [
            "not_sent",
            "refused",
            "reused_closed",
            "before_head",
            "head_timeout",
            "bad_head",
            "after_head",
            "local",
        ];
        assert_eq!(names, expected);
        assert_eq!(format!("{:>8}", TransportFailure::Local), "   local");
    }
}
