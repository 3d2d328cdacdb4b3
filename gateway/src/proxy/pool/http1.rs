//! [`Http1`]: a connection of HTTP/1.1, and its exchanges.

use std::pin::pin;
use std::time::Instant;

use http::uri::PathAndQuery;
use http::{HeaderValue, Request, Response, StatusCode, Uri, Version, header};
use hyper::client::conn::http1;

use super::body::PooledBody;
use super::error::SendError;
use super::io::Heard;
use super::quota::Permit;
use super::server::Http1Lease;
use super::{AttemptBody, Destination, HeadLimit, Unanswered};
use crate::config::PoolLimits;
use crate::time::now;

/// A connection of HTTP/1.1.
#[derive(Debug)]
pub(super) struct Http1 {
    sender: http1::SendRequest<AttemptBody>,
    /// `None` once the connection belongs to another protocol.
    heard: Option<Heard>,
    born: Instant,
    idle_since: Instant,
    is_used: bool,
    _permit: Permit,
}

impl Http1 {
    pub(super) fn new(
        sender: http1::SendRequest<AttemptBody>,
        heard: Heard,
        permit: Permit,
        now: Instant,
    ) -> Self {
        Self { sender, heard: Some(heard), born: now, idle_since: now, is_used: false, _permit: permit }
    }

    /// Returns true if the last exchange has ended on both sides.
    pub(super) fn is_ready(&self) -> bool {
        self.sender.is_ready()
    }

    /// Returns true if no further exchange may use the connection.
    pub(super) fn is_over(&self, limits: PoolLimits, now: Instant) -> bool {
        let (idle, age) =
            (now.saturating_duration_since(self.idle_since), now.saturating_duration_since(self.born));
        self.sender.is_closed()
            || limits.max_idle_time.is_some_and(|limit| idle >= limit)
            || limits.max_life_time.is_some_and(|limit| age >= limit)
    }

    /// Returns false if the connection is over, or still sends its last request a sweep later.
    pub(super) fn is_worth_keeping(&self, limits: PoolLimits, now: Instant) -> bool {
        let is_stuck = || !self.is_ready() && now.saturating_duration_since(self.idle_since) >= super::SWEEP;
        !self.is_over(limits, now) && !is_stuck()
    }
}

impl Drop for Http1 {
    fn drop(&mut self) {
        self.heard.iter().for_each(Heard::abandon);
    }
}

impl Http1Lease {
    /// Sends the request and returns the response when its head has come.
    ///
    /// # Errors
    ///
    /// Returns the error of the exchange, with the request if not a byte of it was written.
    pub(super) async fn exchange(
        mut self,
        destination: &Destination,
        mut request: Request<AttemptBody>,
        limit: HeadLimit,
    ) -> Result<Response<PooledBody>, Unanswered> {
        address(&mut request, destination);
        let reused = std::mem::replace(&mut self.connection.is_used, true);
        let handed_over = limit.needs_end().then(|| request.body_mut().handed_over());
        let exchange = pin!(self.connection.sender.try_send_request(request));
        let Some(outcome) = limit.within(handed_over, exchange).await else {
            return Err((SendError::head_timeout(reused), None));
        };
        match outcome {
            // Its connection belongs to the other protocol now.
            Ok(response) if response.status() == StatusCode::SWITCHING_PROTOCOLS => {
                self.connection.heard = None;
                Ok(response.map(PooledBody::unpooled))
            }
            Ok(response) => Ok(response.map(|body| PooledBody::http1(body, self))),
            Err(mut error) => {
                let unsent = error.take_message();
                Err((SendError::exchange(error.into_error(), reused), unsent))
            }
        }
    }

    /// Keeps the connection for the next exchange, unless it has been closed.
    pub(super) fn put_back(mut self) {
        if !self.connection.sender.is_closed() {
            self.connection.idle_since = now();
            self.server.put_back(self.connection);
        }
    }
}

/// Gives a request the form that a server expects: the path alone, and a `Host`.
fn address(request: &mut Request<AttemptBody>, destination: &Destination) {
    let path = request.uri().path_and_query().cloned().unwrap_or_else(|| PathAndQuery::from_static("/"));
    let target = Uri::from(path);
    // Nothing is left of a target such as `http://a#b`.
    *request.uri_mut() = if target.path().is_empty() { Uri::from_static("/") } else { target };
    *request.version_mut() = Version::HTTP_11;
    request.headers_mut().entry(header::HOST).or_insert_with(|| {
        HeaderValue::from_str(destination.authority.as_str()).expect("an authority is visible ASCII")
    });
}
