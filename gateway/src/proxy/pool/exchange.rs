//! One request and its response, on the connection that it has.

use std::pin::pin;
use std::time::{Duration, Instant};

use http::uri::{Authority, PathAndQuery};
use http::{HeaderValue, Request, Response, StatusCode, Uri, Version, header};

use super::body::PooledBody;
use super::destination::Destination;
use super::error::{SendError, Unanswered};
use super::handed::{AttemptBody, HeadLimit};
use super::server::{Http1Lease, Lease, Stream};
use crate::time::{now, since};

/// The silence after which an abandoned exchange makes its connection suspect.
const SILENCE: Duration = Duration::from_millis(200);

impl Lease {
    /// Sends the request and returns the response when its head has come.
    ///
    /// # Errors
    ///
    /// Returns the error of the exchange, with the request if not a byte of it was written.
    pub(super) async fn exchange(
        self,
        destination: &Destination,
        request: Request<AttemptBody>,
        limit: HeadLimit,
    ) -> Result<Response<PooledBody>, Unanswered> {
        match self {
            Self::Http1(lease) => lease.exchange(destination, request, limit).await,
            Self::Http2(stream) => stream.exchange(destination, request, limit).await,
        }
    }
}

impl Http1Lease {
    async fn exchange(
        mut self,
        destination: &Destination,
        mut request: Request<AttemptBody>,
        limit: HeadLimit,
    ) -> Result<Response<PooledBody>, Unanswered> {
        address_http1(&mut request, destination);
        let reused = self.connection.begin();
        let handed_over = limit.needs_end().then(|| request.body_mut().handed_over());
        let exchange = pin!(self.connection.sender().try_send_request(request));
        let Some(outcome) = limit.within(handed_over, exchange).await else {
            return Err((SendError::head_timeout(reused), None));
        };
        match outcome {
            // Its connection belongs to the other protocol now.
            Ok(response) if response.status() == StatusCode::SWITCHING_PROTOCOLS => {
                self.connection.switch();
                Ok(response.map(PooledBody::unpooled))
            }
            Ok(response) => Ok(response.map(|body| PooledBody::http1(body, self))),
            Err(mut error) => {
                let unsent = error.take_message();
                Err((SendError::exchange(error.into_error(), reused), unsent))
            }
        }
    }
}

impl Stream {
    async fn exchange(
        self,
        destination: &Destination,
        mut request: Request<AttemptBody>,
        limit: HeadLimit,
    ) -> Result<Response<PooledBody>, Unanswered> {
        address_http2(&mut request, destination);
        let reused = self.connection.is_used();
        let mut awaited = Awaited::new(&self);
        let handed_over = limit.needs_end().then(|| request.body_mut().handed_over());
        let exchange = pin!(self.connection.sender().try_send_request(request));
        let Some(outcome) = limit.within(handed_over, exchange).await else {
            return Err((SendError::head_timeout(reused), None));
        };
        awaited.is_over = true;
        drop(awaited);
        match outcome {
            Ok(response) => {
                self.connection.has_responded();
                Ok(response.map(|body| PooledBody::http2(body, self)))
            }
            Err(mut error) => {
                let unsent = error.take_message();
                Err((SendError::exchange(error.into_error(), reused), unsent))
            }
        }
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
        Self { stream, begun: now(), heard: stream.connection.heard(), is_over: false }
    }
}

impl Drop for Awaited<'_> {
    fn drop(&mut self) {
        let Stream { connection, server } = self.stream;
        let is_silent = || connection.heard() == self.heard && since(self.begun) >= SILENCE;
        if !self.is_over && is_silent() {
            server.retire(connection);
        }
    }
}

/// Gives a request the form that a server expects: the path alone, and a `Host`.
fn address_http1(request: &mut Request<AttemptBody>, destination: &Destination) {
    let path = request.uri().path_and_query().cloned().unwrap_or_else(|| PathAndQuery::from_static("/"));
    let target = Uri::from(path);
    // Nothing is left of a target such as `http://a#b`.
    *request.uri_mut() = if target.path().is_empty() { Uri::from_static("/") } else { target };
    *request.version_mut() = Version::HTTP_11;
    request.headers_mut().entry(header::HOST).or_insert_with(|| {
        HeaderValue::from_str(destination.authority.as_str()).expect("an authority is visible ASCII")
    });
}

/// Gives a request the form of HTTP/2: the host is a part of the URI.
fn address_http2(request: &mut Request<AttemptBody>, destination: &Destination) {
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
