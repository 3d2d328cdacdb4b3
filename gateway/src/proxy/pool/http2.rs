//! [`Http2`]: a connection of HTTP/2, and the [`Stream`]s on it.

use std::fmt;
use std::pin::pin;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use http::uri::{Authority, PathAndQuery};
use http::{Request, Response, Uri, Version, header};
use hyper::client::conn::http2;

use super::body::PooledBody;
use super::driver::Driver;
use super::error::SendError;
use super::io::Heard;
use super::quota::Permit;
use super::server::Server;
use super::{AttemptBody, Destination, HeadLimit, Unanswered};
use crate::config::PoolLimits;
use crate::time::{now, since};

/// The silence after which an abandoned exchange makes its connection suspect.
const SILENCE: Duration = Duration::from_millis(200);

/// A connection of HTTP/2, which many exchanges share.
pub(super) struct Http2 {
    sender: http2::SendRequest<AttemptBody>,
    driver: Driver,
    heard: Heard,
    born: Instant,
    usage: Mutex<Usage>,
    _permit: Permit,
}

#[derive(Debug)]
struct Usage {
    /// Streams at the moment.
    open: usize,
    idle_since: Instant,
    /// True once it has given a response.
    is_used: bool,
}

impl Http2 {
    pub(super) fn new(
        sender: http2::SendRequest<AttemptBody>,
        driver: Driver,
        heard: Heard,
        permit: Permit,
        now: Instant,
    ) -> Self {
        let usage = Mutex::new(Usage { open: 0, idle_since: now, is_used: false });
        Self { sender, driver, heard, born: now, usage, _permit: permit }
    }

    fn usage(&self) -> MutexGuard<'_, Usage> {
        self.usage.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// The number of streams that the server allows at once.
    pub(super) fn room(&self) -> usize {
        self.driver.room()
    }

    pub(super) fn has_room(&self) -> bool {
        self.usage().open < self.room()
    }

    pub(super) fn is_idle(&self) -> bool {
        self.usage().open == 0
    }

    /// Returns true if no further exchange may use the connection.
    pub(super) fn is_over(&self, limits: PoolLimits, now: Instant) -> bool {
        let age = now.saturating_duration_since(self.born);
        self.sender.is_closed()
            || limits.max_life_time.is_some_and(|limit| age >= limit)
            || self.is_stale(limits, now)
    }

    fn is_stale(&self, limits: PoolLimits, now: Instant) -> bool {
        let used = self.usage();
        let idle = now.saturating_duration_since(used.idle_since);
        used.open == 0 && limits.max_idle_time.is_some_and(|limit| idle >= limit)
    }
}

impl Drop for Http2 {
    fn drop(&mut self) {
        self.heard.abandon();
    }
}

impl fmt::Debug for Http2 {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Http2").field("usage", &self.usage).finish_non_exhaustive()
    }
}

/// A place for one exchange on a connection of HTTP/2.
#[derive(Debug)]
pub(super) struct Stream {
    connection: Arc<Http2>,
    server: Arc<Server>,
}

impl Stream {
    /// Takes a place on the connection.
    pub(super) fn new(connection: Arc<Http2>, server: Arc<Server>) -> Self {
        let mut used = connection.usage();
        used.open = used.open.saturating_add(1);
        drop(used);
        Self { connection, server }
    }

    /// Sends the request and returns the response when its head has come.
    ///
    /// # Errors
    ///
    /// Returns the error of the exchange, with the request if not a byte of it was written.
    pub(super) async fn exchange(
        self,
        destination: &Destination,
        mut request: Request<AttemptBody>,
        limit: HeadLimit,
    ) -> Result<Response<PooledBody>, Unanswered> {
        address(&mut request, destination);
        let reused = self.connection.usage().is_used;
        let mut awaited = Awaited::new(&self);
        let handed_over = limit.needs_end().then(|| request.body_mut().handed_over());
        let exchange = pin!(self.connection.sender.clone().try_send_request(request));
        let Some(outcome) = limit.within(handed_over, exchange).await else {
            return Err((SendError::head_timeout(reused), None));
        };
        awaited.is_over = true;
        drop(awaited);
        match outcome {
            Ok(response) => {
                self.connection.usage().is_used = true;
                Ok(response.map(|body| PooledBody::http2(body, self)))
            }
            Err(mut error) => {
                let unsent = error.take_message();
                Err((SendError::exchange(error.into_error(), reused), unsent))
            }
        }
    }
}

impl Drop for Stream {
    fn drop(&mut self) {
        let mut used = self.connection.usage();
        used.open = used.open.saturating_sub(1);
        if used.open == 0 {
            used.idle_since = now();
        }
        drop(used);
        self.server.stream_ended();
    }
}

/// An exchange that waits for its response.
///
/// If it is abandoned and the connection has been silent meanwhile, the connection may be dead. Later requests get another one.
struct Awaited<'s> {
    stream: &'s Stream,
    begun: Instant,
    heard: u64,
    is_over: bool,
}

impl<'s> Awaited<'s> {
    fn new(stream: &'s Stream) -> Self {
        Self { stream, begun: now(), heard: stream.connection.heard.count(), is_over: false }
    }
}

impl Drop for Awaited<'_> {
    fn drop(&mut self) {
        let Stream { connection, server } = self.stream;
        let is_silent = || connection.heard.count() == self.heard && since(self.begun) >= SILENCE;
        if !self.is_over && is_silent() {
            server.retire(connection);
        }
    }
}

/// Gives a request the form of HTTP/2: the host is a part of the URI.
fn address(request: &mut Request<AttemptBody>, destination: &Destination) {
    let path = request.uri().path_and_query().cloned().unwrap_or_else(|| PathAndQuery::from_static("/"));
    let host = request.headers_mut().remove(header::HOST);
    let host = host.and_then(|host| Authority::try_from(host.as_bytes()).ok());
    let mut parts = http::uri::Parts::default();
    parts.scheme = Some(destination.scheme.clone());
    parts.authority = Some(host.unwrap_or_else(|| destination.authority.clone()));
    parts.path_and_query = Some(path);
    *request.uri_mut() = Uri::from_parts(parts).expect("scheme, authority and path make a URI");
    *request.version_mut() = Version::HTTP_2;
}
