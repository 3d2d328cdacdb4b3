//! What the examples speak to.

use std::io;
use std::net::{Ipv4Addr, SocketAddr};
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use axum::Router;
use axum::http::{HeaderMap, HeaderValue, StatusCode, header::RETRY_AFTER};
use axum::routing::any;
use tokio::net::TcpSocket;

/// A server on the loopback that is busy for its first requests, and then gives their bodies back.
#[derive(Clone, Debug)]
pub struct Flaky {
    address: SocketAddr,
    requests: Arc<AtomicUsize>,
}

impl Flaky {
    /// A server that answers 503 to so many requests. It ends with the runtime.
    ///
    /// # Errors
    ///
    /// When there is no port to listen on.
    pub fn start(busy: usize) -> io::Result<Self> {
        Down::new()?.start(busy)
    }

    /// As [`start`](Self::start), with a `Retry-After` of so many seconds while it is busy.
    ///
    /// # Errors
    ///
    /// When there is no port to listen on.
    pub fn start_with_retry_after(busy: usize, seconds: u16) -> io::Result<Self> {
        Down::new()?.serve(busy, HeaderMap::from_iter([(RETRY_AFTER, HeaderValue::from(seconds))]))
    }

    /// Where it listens.
    #[must_use]
    pub const fn address(&self) -> SocketAddr {
        self.address
    }

    /// Requests that have come.
    #[must_use]
    pub fn requests(&self) -> usize {
        self.requests.load(Ordering::Relaxed)
    }
}

/// A server that is down: connections to its address are refused.
#[derive(Debug)]
pub struct Down {
    address: SocketAddr,
    socket: TcpSocket,
}

impl Down {
    /// A server on a free port of the loopback.
    ///
    /// # Errors
    ///
    /// When there is none.
    pub fn new() -> io::Result<Self> {
        let socket = TcpSocket::new_v4()?;
        socket.bind((Ipv4Addr::LOCALHOST, 0).into())?;
        Ok(Self { address: socket.local_addr()?, socket })
    }

    /// Where it will listen.
    #[must_use]
    pub const fn address(&self) -> SocketAddr {
        self.address
    }

    /// The server, up, that answers 503 to so many requests. It ends with the runtime.
    ///
    /// # Errors
    ///
    /// When it cannot listen.
    pub fn start(self, busy: usize) -> io::Result<Flaky> {
        self.serve(busy, HeaderMap::new())
    }

    fn serve(self, busy: usize, headers: HeaderMap) -> io::Result<Flaky> {
        let requests = Arc::<AtomicUsize>::default();
        let counted = Arc::clone(&requests);
        let answer = async move |body: String| match counted.fetch_add(1, Ordering::Relaxed) {
            earlier if earlier < busy => (StatusCode::SERVICE_UNAVAILABLE, headers, "busy".to_owned()),
            _ => (StatusCode::OK, HeaderMap::new(), body),
        };
        let listener = self.socket.listen(128)?;
        tokio::spawn(axum::serve(listener, Router::new().fallback(any(answer))).into_future());
        Ok(Flaky { address: self.address, requests })
    }
}
