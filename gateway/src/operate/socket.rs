//! [`Socket`]: a client's connection, which is given back when HTTP has ended on it.

use std::io;
use std::pin::Pin;
use std::sync::{Arc, Mutex, PoisonError};
use std::task::{Context, Poll};

use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};
use tokio::net::TcpStream;

use super::connections::Activity;
use crate::pace::Patience;
use crate::paced::Paced;

/// Three bytes of the preface of HTTP/2 are enough: no method begins so.
const PREFACE: &[u8] = b"PRI";

/// Bytes that are read to see what a client begins with.
const BEGINNING: usize = 1024;

/// The first bytes of a client.
pub(crate) struct Beginning {
    bytes: Vec<u8>,
    pub(crate) is_http2: bool,
}

impl Beginning {
    /// Reads until it is clear which version of HTTP the client speaks.
    ///
    /// The result contains all bytes that were read.
    pub(crate) async fn read(stream: &TcpStream) -> io::Result<Self> {
        let mut bytes = Vec::new();
        loop {
            stream.readable().await?;
            let has_ended = match read_more(stream, &mut bytes) {
                Err(error) if error.kind() == io::ErrorKind::WouldBlock => continue,
                read => read? == 0,
            };
            let compared = bytes.len().min(PREFACE.len());
            let is_http2 = bytes[..compared] == PREFACE[..compared];
            if has_ended || !is_http2 || compared == PREFACE.len() {
                return Ok(Self { is_http2: is_http2 && compared == PREFACE.len(), bytes });
            }
        }
    }
}

/// Reads more bytes. An async function would keep the buffer in its future.
fn read_more(stream: &TcpStream, bytes: &mut Vec<u8>) -> io::Result<usize> {
    let mut more = [0; BEGINNING];
    let read = stream.try_read(&mut more)?;
    bytes.extend_from_slice(&more[..read]);
    Ok(read)
}

/// The place where a dropped [`Socket`] leaves its connection.
#[derive(Clone, Default)]
pub(crate) struct Returned(Arc<Mutex<Option<TcpStream>>>);

impl Returned {
    /// The socket, unless its client has ended it, or it goes on in another protocol.
    pub(crate) fn take(&self) -> Option<TcpStream> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).take()
    }
}

/// A client's connection, which is given back when HTTP has ended on it.
pub(crate) struct Socket {
    /// `None` once it has been given back.
    stream: Option<Paced<TcpStream>>,
    /// The bytes that were read before, and how many of them were read again.
    begun: (Vec<u8>, usize),
    has_ended: bool,
    /// True if an end of the connection at this point resets it.
    ///
    /// The client would take an early end for the end of a body.
    resets: bool,
    activity: Arc<Activity>,
    returned: Returned,
}

impl Socket {
    pub(crate) fn new(
        stream: TcpStream,
        beginning: Beginning,
        patience: Option<Patience>,
        activity: Arc<Activity>,
        returned: Returned,
    ) -> Self {
        let stream = Some(Paced::new(stream, patience));
        Self { stream, begun: (beginning.bytes, 0), has_ended: false, resets: false, activity, returned }
    }

    fn stream(&mut self) -> Pin<&mut Paced<TcpStream>> {
        Pin::new(self.stream.as_mut().expect("it is given back when it is dropped"))
    }

    /// Resets the connection if it ends before [`keep`](Self::keep), also with this process.
    fn reset_early_end(&mut self) {
        if !self.resets && self.activity.is_open_ended() {
            // A socket that is gone says so later.
            let _ = self.stream().get_ref().set_zero_linger();
            self.resets = true;
        }
    }

    /// The end that comes now is a good one.
    #[expect(deprecated, reason = "without a time to linger, no thread is blocked")]
    fn keep(&mut self) {
        if std::mem::take(&mut self.resets) {
            let _ = self.stream().get_ref().set_linger(None);
        }
    }

    fn written<T>(&self, written: Poll<io::Result<T>>) -> Poll<io::Result<T>> {
        self.activity.writes(written.is_pending());
        written
    }
}

impl Drop for Socket {
    fn drop(&mut self) {
        self.activity.writes(false);
        if !self.has_ended {
            let mut returned = self.returned.0.lock().unwrap_or_else(PoisonError::into_inner);
            *returned = self.stream.take().map(Paced::into_inner);
        }
    }
}

impl AsyncRead for Socket {
    fn poll_read(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
        buffer: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        let (bytes, read) = &mut self.begun;
        let left = bytes.get(*read..).unwrap_or_default();
        if !left.is_empty() {
            let size = left.len().min(buffer.remaining());
            buffer.put_slice(&left[..size]);
            *read = read.saturating_add(size);
            if *read == bytes.len() {
                self.begun = (Vec::new(), 0);
            }
            return Poll::Ready(Ok(()));
        }
        let before = buffer.filled().len();
        let read = self.stream().poll_read(context, buffer);
        self.has_ended |= match &read {
            Poll::Ready(Ok(())) => buffer.filled().len() == before && buffer.remaining() > 0,
            Poll::Ready(Err(_)) => true,
            Poll::Pending => false,
        };
        read
    }
}

impl AsyncWrite for Socket {
    fn poll_write(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
        bytes: &[u8],
    ) -> Poll<io::Result<usize>> {
        self.reset_early_end();
        let written = self.stream().poll_write(context, bytes);
        self.written(written)
    }

    fn poll_write_vectored(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
        slices: &[io::IoSlice<'_>],
    ) -> Poll<io::Result<usize>> {
        self.reset_early_end();
        let written = self.stream().poll_write_vectored(context, slices);
        self.written(written)
    }

    fn is_write_vectored(&self) -> bool {
        true
    }

    fn poll_flush(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        self.stream().poll_flush(context)
    }

    fn poll_shutdown(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        self.keep();
        self.stream().poll_shutdown(context)
    }
}
