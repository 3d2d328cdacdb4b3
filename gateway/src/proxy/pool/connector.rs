//! [`Connector`]: opens connections to servers, TLS and the first frames of HTTP/2 included.

use std::error::Error;
use std::io;
use std::sync::Arc;
use std::time::Duration;

use http::uri::Scheme;
use hyper::client::conn::{http1, http2};
use hyper_util::rt::{TokioExecutor, TokioIo, TokioTimer};
use persevere_http::NotConnected;
use rustls::pki_types::ServerName;
use tokio::net::TcpStream;
use tokio_rustls::TlsConnector;

use super::super::headers::HEAD_SIZE;
use super::super::resolve::bare_host;
use super::destination::{Destination, Wish};
use super::driver::Driver;
use super::error::SendError;
use super::handed::AttemptBody;
use super::io::{Heard, ServerIo, Stream};
use crate::time::{now, within};

/// The silence after which an HTTP/2 connection with open streams is pinged.
const PING_AFTER: Duration = Duration::from_secs(30);

/// The time limit for the answer to a ping.
const PING_LIMIT: Duration = Duration::from_secs(10);

/// The version of HTTP on a connection.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Protocol {
    Http1,
    Http2,
}

/// Opens connections to servers.
#[derive(Clone)]
pub(crate) struct Connector {
    /// One for servers that choose the version, one for HTTP/1.1 alone, one for HTTP/2 alone.
    tls: [TlsConnector; 3],
    timeout: Option<Duration>,
    http2_only: bool,
}

/// A new connection.
pub(super) enum Opened {
    Http1(http1::SendRequest<AttemptBody>, Heard),
    Http2(http2::SendRequest<AttemptBody>, Driver),
}

impl Connector {
    /// Creates a connector that trusts what `tls` trusts.
    pub(crate) fn new(tls: &rustls::ClientConfig, timeout: Option<Duration>, http2_only: bool) -> Self {
        let speaking = |protocols: &[&[u8]]| {
            let mut tls = tls.clone();
            tls.alpn_protocols = protocols.iter().map(|protocol| protocol.to_vec()).collect();
            TlsConnector::from(Arc::new(tls))
        };
        let tls = [speaking(&[b"h2", b"http/1.1"]), speaking(&[b"http/1.1"]), speaking(&[b"h2"])];
        Self { tls, timeout, http2_only }
    }

    /// The version of HTTP on connections to the destination. `None` means that the server chooses.
    pub(super) fn protocol(&self, destination: &Destination) -> Option<Protocol> {
        if destination.upgradable {
            Some(Protocol::Http1)
        } else if self.http2_only {
            Some(Protocol::Http2)
        } else if destination.scheme == Scheme::HTTPS {
            None
        } else {
            Some(Protocol::Http1)
        }
    }

    /// Opens a connection, as the request wishes.
    ///
    /// # Errors
    ///
    /// Returns an error if the connection cannot be opened within the connect timeout.
    pub(super) async fn open(
        &self,
        destination: &Destination,
        heard: Heard,
        wish: Wish,
    ) -> Result<Opened, SendError> {
        let left = wish.head.deadline().map(|deadline| deadline.saturating_duration_since(now()));
        let limit = self.timeout.into_iter().chain(wish.connect_within).chain(left).min();
        let opened = self.connect(destination, heard);
        let opened = match limit {
            Some(limit) => {
                within(limit, opened).await.ok_or_else(|| SendError::late("no connection in time"))?
            }
            None => opened.await,
        };
        opened.map_err(|error| SendError::Connect(NotConnected::new(error)))
    }

    async fn connect(
        &self,
        destination: &Destination,
        heard: Heard,
    ) -> Result<Opened, Box<dyn Error + Send + Sync>> {
        let tcp = TcpStream::connect(destination.address).await?;
        // Without it, a request may wait for the acknowledgement of the one before. A socket that is gone says so later.
        let _ = tcp.set_nodelay(true);
        let protocol = self.protocol(destination);
        let (stream, protocol) = if destination.scheme == Scheme::HTTPS {
            let stream = self.secure(destination, protocol, tcp).await?;
            let chosen = if stream.get_ref().1.alpn_protocol() == Some(b"h2") {
                Protocol::Http2
            } else {
                Protocol::Http1
            };
            // A server that does not negotiate speaks what it is known to speak.
            (Stream::Tls(Box::new(stream)), protocol.unwrap_or(chosen))
        } else {
            (Stream::Plain(tcp), protocol.unwrap_or(Protocol::Http1))
        };
        let io = TokioIo::new(ServerIo::new(stream, heard.clone()));
        match protocol {
            Protocol::Http1 => {
                let (sender, connection) = http1_builder().handshake(io).await?;
                tokio::spawn(connection.with_upgrades());
                Ok(Opened::Http1(sender, heard))
            }
            Protocol::Http2 => {
                let (sender, connection) = http2_builder().handshake(io).await?;
                let driver = Driver::start(connection, heard.clone());
                // Streams that are opened before the server's settings come may be more than it allows.
                driver.settled(&heard).await?;
                Ok(Opened::Http2(sender, driver))
            }
        }
    }

    async fn secure(
        &self,
        destination: &Destination,
        protocol: Option<Protocol>,
        tcp: TcpStream,
    ) -> Result<tokio_rustls::client::TlsStream<TcpStream>, Box<dyn Error + Send + Sync>> {
        let name = ServerName::try_from(bare_host(&destination.authority).to_owned())
            .map_err(|error| io::Error::new(io::ErrorKind::InvalidData, error))?;
        let connector = match protocol {
            None => &self.tls[0],
            Some(Protocol::Http1) => &self.tls[1],
            Some(Protocol::Http2) => &self.tls[2],
        };
        Ok(connector.connect(name, tcp).await?)
    }
}

impl std::fmt::Debug for Connector {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let Self { tls: _, timeout, http2_only } = self;
        f.debug_struct("Connector")
            .field("timeout", timeout)
            .field("http2_only", http2_only)
            .finish_non_exhaustive()
    }
}

fn http1_builder() -> http1::Builder {
    let mut builder = http1::Builder::new();
    builder
        .max_buf_size(HEAD_SIZE.into())
        // A proxy removes the space before a colon from a response (RFC 9112, 5.1).
        .allow_spaces_after_header_name_in_responses(true);
    builder
}

fn http2_builder() -> http2::Builder<TokioExecutor> {
    let mut builder = http2::Builder::new(TokioExecutor::new());
    builder
        .timer(TokioTimer::new())
        .max_header_list_size(HEAD_SIZE.into())
        .initial_max_send_streams(0)
        .keep_alive_interval(PING_AFTER)
        .keep_alive_timeout(PING_LIMIT);
    builder
}
