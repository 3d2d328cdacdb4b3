//! [`Watch`]: a listener for the events of requests and their attempts.

use std::fmt;
use std::net::SocketAddr;
use std::time::Duration;

use http::uri::Authority;
use http::{Method, StatusCode, Uri};
use persevere::Event;

use super::balance::{Change, Server};

/// One attempt, when it has ended.
pub(crate) struct Tried<'a> {
    pub(crate) route: &'a str,
    /// Counted from 1.
    pub(crate) number: u32,
    pub(crate) server: &'a Authority,
    /// The address of the server, if it has a name.
    pub(crate) address: Option<SocketAddr>,
    pub(crate) method: &'a Method,
    pub(crate) uri: &'a Uri,
    /// Bytes of its body that are kept for another attempt. `None` without a kept body.
    pub(crate) kept: Option<usize>,
    pub(crate) outcome: Outcome<'a>,
    /// From its start to the head of the response.
    pub(crate) took: Duration,
}

/// The outcome of an attempt.
pub(crate) enum Outcome<'a> {
    Response(StatusCode),
    /// No response: a short name for counters, and the error.
    Failure(&'static str, &'a dyn fmt::Display),
}

/// A response that ended before its body did, or before its head.
pub(crate) struct Cut<'a> {
    pub(crate) route: Option<&'a str>,
    /// `None` if there was no head.
    pub(crate) status: Option<StatusCode>,
    /// Bytes of the body that were passed on.
    pub(crate) bytes: u64,
    pub(crate) by: By,
    pub(crate) why: &'a dyn fmt::Display,
    /// From the request to the end.
    pub(crate) took: Duration,
}

/// The party that cut a response.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum By {
    /// The upstream, whose body failed.
    Upstream,
    /// The gateway, because the upstream sent nothing for too long.
    UpstreamStalled,
    /// The client, which closed the connection or the stream.
    Client,
    /// The gateway, because the client took nothing for too long.
    ClientStalled,
    /// The gateway, because it was stopped and the time for running requests was over.
    Stopped,
}

impl By {
    /// A short name for counters.
    pub(crate) const fn as_str(self) -> &'static str {
        match self {
            Self::Upstream => "upstream",
            Self::UpstreamStalled => "upstream_stalled",
            Self::Client => "client",
            Self::ClientStalled => "client_stalled",
            Self::Stopped => "stopped",
        }
    }
}

/// A tunnel that has ended.
pub(crate) struct Closed<'a> {
    pub(crate) route: &'a str,
    /// Bytes that were passed on to the server.
    pub(crate) from_client: u64,
    /// Bytes that were passed on to the client.
    pub(crate) from_server: u64,
    pub(crate) end: TunnelEnd,
    /// From the response that opened it to its end.
    pub(crate) took: Duration,
}

/// The end of a tunnel.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum TunnelEnd {
    /// Both sides ended it.
    Closed,
    /// The gateway ended it, because one side took or sent too little for too long.
    Stalled,
    /// A connection failed.
    Failed,
    /// The gateway was stopped.
    Stopped,
}

impl TunnelEnd {
    /// A short name for counters.
    pub(crate) const fn as_str(self) -> &'static str {
        match self {
            Self::Closed => "closed",
            Self::Stalled => "stalled",
            Self::Failed => "failed",
            Self::Stopped => "stopped",
        }
    }
}

/// A listener for the events of requests and their attempts.
pub(crate) trait Watch: Send + Sync {
    /// An attempt has ended.
    fn tried(&self, attempt: &Tried<'_>);

    /// The filter has decided on another attempt, or on none for a reason.
    fn decided(&self, route: &str, event: &Event);

    /// A request has got its response after `took`.
    ///
    /// `route` is `None` if the request belongs to no route.
    fn answered(&self, route: Option<&str>, status: StatusCode, took: Duration);

    /// A request is refused for this reason, before any server is asked.
    fn refused(&self, _route: Option<&str>, _status: StatusCode, _why: &str) {}

    /// A client has gone before its response came. Its request came `took` before.
    fn abandoned(&self, took: Duration);

    /// A response has ended before its body did.
    fn cut(&self, cut: &Cut<'_>);

    /// A tunnel has ended.
    fn closed(&self, closed: &Closed<'_>);

    /// A server has begun to rest, or is awake again.
    fn changed(&self, _server: &Server, _change: Change) {}
}

tokio::task_local! {
    /// The number of the request that this task runs, for each [`Watch`].
    pub(crate) static REQUEST: u64;
}

/// Reports each event to all of them.
impl Watch for Vec<Box<dyn Watch>> {
    fn tried(&self, attempt: &Tried<'_>) {
        for watch in self {
            watch.tried(attempt);
        }
    }

    fn decided(&self, route: &str, event: &Event) {
        for watch in self {
            watch.decided(route, event);
        }
    }

    fn answered(&self, route: Option<&str>, status: StatusCode, took: Duration) {
        for watch in self {
            watch.answered(route, status, took);
        }
    }

    fn refused(&self, route: Option<&str>, status: StatusCode, why: &str) {
        for watch in self {
            watch.refused(route, status, why);
        }
    }

    fn abandoned(&self, took: Duration) {
        for watch in self {
            watch.abandoned(took);
        }
    }

    fn cut(&self, cut: &Cut<'_>) {
        for watch in self {
            watch.cut(cut);
        }
    }

    fn changed(&self, server: &Server, change: Change) {
        for watch in self {
            watch.changed(server, change);
        }
    }

    fn closed(&self, closed: &Closed<'_>) {
        for watch in self {
            watch.closed(closed);
        }
    }
}
