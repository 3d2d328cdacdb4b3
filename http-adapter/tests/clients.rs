//! Clients of hyper-util around which the layer is put, and the bodies that they send.

use std::collections::VecDeque;
use std::convert::Infallible;
use std::error::Error;
use std::io;
use std::net::SocketAddr;
use std::pin::Pin;
use std::task::{Context, Poll};

use bytes::Bytes;
use http_body::{Body, Frame, SizeHint};
use hyper_util::client::legacy::Client;
use hyper_util::client::legacy::connect::HttpConnector;
use hyper_util::client::legacy::connect::dns::Name;
use hyper_util::rt::{TokioExecutor, TokioTimer};
use persevere_http::{MarkReuse, ReplayBody};
use tokio::sync::mpsc;
use tower::Service;

/// A body in chunks, with or without its length.
#[derive(Clone, Debug)]
pub(crate) struct Chunks {
    chunks: VecDeque<Bytes>,
    length: Option<u64>,
}

impl Chunks {
    /// `length` bytes that differ, in chunks of a kilobyte.
    pub(crate) fn new(length: usize, is_chunked: bool) -> Self {
        let chunks = content(length).chunks(1000).map(Bytes::copy_from_slice).collect();
        let length = u64::try_from(length).expect("small");
        Self { chunks, length: (!is_chunked).then_some(length) }
    }
}

/// The bytes of such a body.
pub(crate) fn content(length: usize) -> Vec<u8> {
    (0..length).map(|index| u8::try_from((index * 31 + index / 251) % 256).expect("below 256")).collect()
}

impl Body for Chunks {
    type Data = Bytes;
    type Error = Infallible;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        _: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, Infallible>>> {
        Poll::Ready(self.chunks.pop_front().map(|chunk| Ok(Frame::data(chunk))))
    }

    fn is_end_stream(&self) -> bool {
        self.chunks.is_empty() && self.length.is_some()
    }

    fn size_hint(&self) -> SizeHint {
        if self.length.is_none() {
            return SizeHint::default();
        }
        let left: usize = self.chunks.iter().map(Bytes::len).sum();
        SizeHint::with_exact(u64::try_from(left).expect("small"))
    }
}

/// A body whose chunks come when they are sent.
#[derive(Debug)]
pub(crate) struct Channel(mpsc::UnboundedReceiver<Bytes>);

impl Channel {
    pub(crate) fn new() -> (mpsc::UnboundedSender<Bytes>, Self) {
        let (chunks, body) = mpsc::unbounded_channel();
        (chunks, Self(body))
    }
}

impl Body for Channel {
    type Data = Bytes;
    type Error = Infallible;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, Infallible>>> {
        self.0.poll_recv(context).map(|chunk| chunk.map(|chunk| Ok(Frame::data(chunk))))
    }
}

/// Knows no name.
#[derive(Clone, Debug)]
pub(crate) struct NoNames;

impl Service<Name> for NoNames {
    type Response = std::vec::IntoIter<SocketAddr>;
    type Error = io::Error;
    type Future = std::future::Ready<io::Result<Self::Response>>;

    fn poll_ready(&mut self, _: &mut Context<'_>) -> Poll<io::Result<()>> {
        Poll::Ready(Ok(()))
    }

    fn call(&mut self, _: Name) -> Self::Future {
        std::future::ready(Err(io::Error::other("no such name")))
    }
}

pub(crate) type HttpClient<B> = Client<MarkReuse<HttpConnector<NoNames>>, ReplayBody<B>>;

/// A client that keeps its connections, and resolves no name.
pub(crate) fn client<B>(is_h2: bool) -> HttpClient<B>
where
    B: Body + Unpin + Send + 'static,
    B::Error: Into<Box<dyn Error + Send + Sync>>,
{
    let connector = MarkReuse::new(HttpConnector::new_with_resolver(NoNames));
    Client::builder(TokioExecutor::new()).pool_timer(TokioTimer::new()).http2_only(is_h2).build(connector)
}
