//! [`MarkReuse`]: a connector of hyper-util whose connections know whether they have given a response before.

use std::io::{self, IoSlice};
use std::pin::Pin;
use std::task::{Context, Poll, ready};

use http::Uri;
use hyper::rt::{Read, ReadBufCursor, Write};
use hyper_util::client::legacy::connect::{Connected, Connection};
use pin_project::pin_project;
use tower_service::Service;

use crate::reuse::Reuse;

/// A connector whose connections bear a [`Reuse`] mark: with it, a reused connection that was closed is told apart from a
/// request that failed, and sent again at once.
///
/// ```
/// use bytes::Bytes;
/// use http_body_util::Full;
/// use hyper_util::client::legacy::{Client, connect::HttpConnector};
/// use hyper_util::rt::TokioExecutor;
/// use persevere_http::{MarkReuse, ReplayBody};
///
/// let connector = MarkReuse::new(HttpConnector::new());
/// let client: Client<_, ReplayBody<Full<Bytes>>> = Client::builder(TokioExecutor::new()).build(connector);
/// # let _ = client;
/// ```
#[derive(Clone, Copy, Debug)]
pub struct MarkReuse<C> {
    connector: C,
}

impl<C> MarkReuse<C> {
    /// `connector` with marks. Wrap the outermost one, such as that of TLS.
    pub const fn new(connector: C) -> Self {
        Self { connector }
    }
}

impl<C: Service<Uri>> Service<Uri> for MarkReuse<C> {
    type Response = Marked<C::Response>;
    type Error = C::Error;
    type Future = Connecting<C::Future>;

    fn poll_ready(&mut self, context: &mut Context<'_>) -> Poll<Result<(), C::Error>> {
        self.connector.poll_ready(context)
    }

    fn call(&mut self, uri: Uri) -> Self::Future {
        Connecting { connecting: self.connector.call(uri) }
    }
}

/// A connection on its way. Made by [`MarkReuse`].
#[pin_project]
#[derive(Debug)]
#[must_use = "futures do nothing unless you `.await` or poll them"]
pub struct Connecting<F> {
    #[pin]
    connecting: F,
}

impl<F: Future<Output = Result<T, E>>, T, E> Future for Connecting<F> {
    type Output = Result<Marked<T>, E>;

    fn poll(self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Self::Output> {
        let connected = ready!(self.project().connecting.poll(context));
        Poll::Ready(connected.map(|stream| Marked { stream, reuse: Reuse::new() }))
    }
}

/// A connection that bears a [`Reuse`] mark. Made by [`MarkReuse`].
#[pin_project]
#[derive(Debug)]
pub struct Marked<T> {
    #[pin]
    stream: T,
    reuse: Reuse,
}

impl<T: Connection> Connection for Marked<T> {
    fn connected(&self) -> Connected {
        self.stream.connected().extra(self.reuse.clone())
    }
}

impl<T: Read> Read for Marked<T> {
    fn poll_read(
        self: Pin<&mut Self>,
        context: &mut Context<'_>,
        buffer: ReadBufCursor<'_>,
    ) -> Poll<io::Result<()>> {
        self.project().stream.poll_read(context, buffer)
    }
}

impl<T: Write> Write for Marked<T> {
    fn poll_write(self: Pin<&mut Self>, context: &mut Context<'_>, bytes: &[u8]) -> Poll<io::Result<usize>> {
        self.project().stream.poll_write(context, bytes)
    }

    fn poll_flush(self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        self.project().stream.poll_flush(context)
    }

    fn poll_shutdown(self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        self.project().stream.poll_shutdown(context)
    }

    fn is_write_vectored(&self) -> bool {
        self.stream.is_write_vectored()
    }

    fn poll_write_vectored(
        self: Pin<&mut Self>,
        context: &mut Context<'_>,
        slices: &[IoSlice<'_>],
    ) -> Poll<io::Result<usize>> {
        self.project().stream.poll_write_vectored(context, slices)
    }
}
