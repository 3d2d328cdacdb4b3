//! [`ServerIo`]: the bytes of a connection to a server, in plain text or encrypted.

use std::io;
use std::pin::Pin;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::task::{Context, Poll};
use std::time::{Duration, Instant};

use futures::task::AtomicWaker;
use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};
use tokio::net::TcpStream;
use tokio::sync::Notify;
use tokio::sync::futures::Notified;
use tokio_rustls::client::TlsStream;

use crate::pace::Timer;
use crate::time::after;

/// The time limit for the next read or write after the exchanges of a connection were abandoned.
const LATE: Duration = Duration::from_secs(2);

/// Counts the reads of a connection that have brought something. Clones count together.
#[derive(Clone, Debug, Default)]
pub(super) struct Heard(Arc<Reads>);

#[derive(Debug, Default)]
struct Reads {
    count: AtomicU64,
    changed: Notify,
    /// True once the exchange was abandoned.
    is_abandoned: AtomicBool,
    /// The task of the connection, while it waits.
    task: AtomicWaker,
}

impl Heard {
    pub(super) fn count(&self) -> u64 {
        self.0.count.load(Ordering::Relaxed)
    }

    /// Completes at the next read.
    pub(super) fn changed(&self) -> Notified<'_> {
        self.0.changed.notified()
    }

    /// Wakes all tasks that wait for a read.
    pub(super) fn wake(&self) {
        self.0.changed.notify_waiters();
    }

    /// Ends the connection once the server neither takes nor sends anything, because its exchanges were abandoned.
    pub(super) fn abandon(&self) {
        self.0.is_abandoned.store(true, Ordering::Release);
        self.0.task.wake();
    }

    fn is_abandoned(&self) -> bool {
        self.0.is_abandoned.load(Ordering::Acquire)
    }

    fn note(&self) {
        self.0.count.fetch_add(1, Ordering::Relaxed);
        self.wake();
    }
}

/// The stream below.
#[derive(Debug)]
pub(super) enum Stream {
    Plain(TcpStream),
    Tls(Box<TlsStream<TcpStream>>),
}

/// The bytes of a connection to a server.
///
/// A server that refuses an upload may respond and close its end at once
/// ([RFC 9112, 9.5](https://www.rfc-editor.org/rfc/rfc9112#section-9.5)). A failed write must not hide that response, so its error
/// is held back until nothing more can be read, or until the exchange is abandoned.
#[derive(Debug)]
pub(super) struct ServerIo {
    stream: Stream,
    heard: Heard,
    /// The error of a write, while there may still be something to read.
    broken: Option<io::Error>,
    is_read: bool,
    /// The time at which the connection ends after its exchanges were abandoned.
    late: Option<Instant>,
    timer: Timer,
}

impl ServerIo {
    pub(super) fn new(stream: Stream, heard: Heard) -> Self {
        Self { stream, heard, broken: None, is_read: false, late: None, timer: Timer::default() }
    }

    /// Holds back the error of a write while there may be something to read.
    ///
    /// After the exchange was abandoned, it also ends a write that takes too long.
    fn held<T>(&mut self, context: &mut Context<'_>, written: Poll<io::Result<T>>) -> Poll<io::Result<T>> {
        match written {
            Poll::Ready(Err(error)) => {
                self.broken = Some(error);
                self.failed(context).unwrap_or(Poll::Pending)
            }
            Poll::Ready(written) => Poll::Ready(written),
            Poll::Pending => self.late(context).map(Err),
        }
    }

    /// Completes if the exchanges were abandoned, and the server has neither taken nor sent anything for too long.
    fn late(&mut self, context: &mut Context<'_>) -> Poll<io::Error> {
        // A task that abandons the exchange meanwhile finds this one to wake.
        self.heard.0.task.register(context.waker());
        if !self.heard.is_abandoned() {
            return Poll::Pending;
        }
        let late = *self.late.get_or_insert_with(|| after(LATE));
        self.timer.poll_at(Some(late), context).map(|()| io::ErrorKind::TimedOut.into())
    }

    /// The result of a write after an earlier one has failed.
    fn failed<T>(&mut self, context: &Context<'_>) -> Option<Poll<io::Result<T>>> {
        let broken = self.broken.take()?;
        // A task that abandons the exchange meanwhile finds this one to wake.
        self.heard.0.task.register(context.waker());
        if self.is_read || self.heard.is_abandoned() {
            return Some(Poll::Ready(Err(broken)));
        }
        self.broken = Some(broken);
        Some(Poll::Pending)
    }
}

impl AsyncRead for ServerIo {
    fn poll_read(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
        buffer: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        let before = buffer.filled().len();
        let read = match &mut self.stream {
            Stream::Plain(stream) => Pin::new(stream).poll_read(context, buffer),
            Stream::Tls(stream) => Pin::new(stream).poll_read(context, buffer),
        };
        match &read {
            Poll::Ready(Ok(())) if buffer.filled().len() > before => {
                self.late = None;
                self.heard.note();
            }
            Poll::Ready(_) => {
                self.is_read = true;
                self.heard.0.task.wake();
            }
            Poll::Pending => return self.late(context).map(Err),
        }
        read
    }
}

impl AsyncWrite for ServerIo {
    fn poll_write(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
        bytes: &[u8],
    ) -> Poll<io::Result<usize>> {
        if let Some(failed) = self.failed(context) {
            return failed;
        }
        let written = match &mut self.stream {
            Stream::Plain(stream) => Pin::new(stream).poll_write(context, bytes),
            Stream::Tls(stream) => Pin::new(stream).poll_write(context, bytes),
        };
        if written.is_ready() {
            self.late = None;
        }
        self.held(context, written)
    }

    fn poll_flush(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        if let Some(failed) = self.failed(context) {
            return failed;
        }
        let flushed = match &mut self.stream {
            Stream::Plain(stream) => Pin::new(stream).poll_flush(context),
            Stream::Tls(stream) => Pin::new(stream).poll_flush(context),
        };
        self.held(context, flushed)
    }

    fn poll_shutdown(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        match &mut self.stream {
            Stream::Plain(stream) => Pin::new(stream).poll_shutdown(context),
            Stream::Tls(stream) => Pin::new(stream).poll_shutdown(context),
        }
    }

    fn is_write_vectored(&self) -> bool {
        match &self.stream {
            Stream::Plain(stream) => stream.is_write_vectored(),
            Stream::Tls(stream) => stream.is_write_vectored(),
        }
    }

    fn poll_write_vectored(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
        slices: &[io::IoSlice<'_>],
    ) -> Poll<io::Result<usize>> {
        if let Some(failed) = self.failed(context) {
            return failed;
        }
        let written = match &mut self.stream {
            Stream::Plain(stream) => Pin::new(stream).poll_write_vectored(context, slices),
            Stream::Tls(stream) => Pin::new(stream).poll_write_vectored(context, slices),
        };
        if written.is_ready() {
            self.late = None;
        }
        self.held(context, written)
    }
}
