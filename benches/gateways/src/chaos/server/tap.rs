//! [`Tap`]: a connection of HTTP/2 into which frames can be put by hand, and which can end anywhere.

use std::io;
use std::pin::Pin;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::task::{Context, Poll, ready};

use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};
use tokio::net::TcpStream;
use tokio::sync::Notify;

use crate::chaos::fault::End;

/// Bytes of the head of a frame.
const HEAD: usize = 9;

/// The orders for a connection.
#[derive(Debug, Default)]
struct Orders {
    /// Frames that go out between two others.
    put: Vec<u8>,
    /// The end, once all frames are out.
    end: Option<End>,
    /// The end comes in the middle of the next frame with data.
    cuts: bool,
    /// Nothing goes out and nothing is read any more.
    silent: bool,
}

/// Gives orders to a [`Tap`].
#[derive(Clone, Debug, Default)]
pub(crate) struct Hand {
    orders: Arc<Mutex<Orders>>,
    /// Wakes the task that drives the connection.
    pub(crate) given: Arc<Notify>,
}

impl Hand {
    fn orders(&self) -> MutexGuard<'_, Orders> {
        self.orders.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn order(&self, change: impl FnOnce(&mut Orders)) {
        change(&mut self.orders());
        self.given.notify_one();
    }

    /// Puts a frame between two others.
    pub(crate) fn put(&self, frame: &[u8]) {
        self.order(|orders| orders.put.extend_from_slice(frame));
    }

    /// Ends the connection after the current frame.
    pub(crate) fn end(&self, end: End) {
        self.order(|orders| orders.end = Some(end));
    }

    /// Ends the connection in the middle of the next frame with data.
    pub(crate) fn cut(&self) {
        self.order(|orders| orders.cuts = true);
    }

    /// Says and reads nothing any more.
    pub(crate) fn silence(&self) {
        self.order(|orders| orders.silent = true);
    }

    /// Returns true if the connection no longer writes or reads.
    pub(crate) fn is_silent(&self) -> bool {
        self.orders().silent
    }
}

/// A connection of HTTP/2 into which frames can be put by hand.
#[derive(Debug)]
pub(crate) struct Tap {
    stream: TcpStream,
    hand: Hand,
    /// The head of the current frame, as far as it has gone out.
    head: Vec<u8>,
    /// Bytes of the current frame that are to come, once its head is whole.
    left: usize,
}

impl Tap {
    pub(crate) fn new(stream: TcpStream, hand: Hand) -> Self {
        Self { stream, hand, head: Vec::with_capacity(HEAD), left: 0 }
    }

    fn is_between_frames(&self) -> bool {
        self.head.is_empty()
    }

    /// Obeys, as far as it can be done now.
    fn poll_orders(&mut self, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        let hand = self.hand.clone();
        let mut orders = hand.orders();
        if orders.silent {
            return Poll::Pending;
        }
        if !self.is_between_frames() {
            return Poll::Ready(Ok(()));
        }
        while !orders.put.is_empty() {
            let written = ready!(Pin::new(&mut self.stream).poll_write(context, &orders.put))?;
            orders.put.drain(..written);
        }
        if orders.end == Some(End::Reset) {
            self.stream.set_zero_linger()?;
        }
        Poll::Ready(if orders.end.is_some() { Err(io::ErrorKind::BrokenPipe.into()) } else { Ok(()) })
    }

    /// Takes note of what has gone out.
    fn count(&mut self, mut bytes: &[u8]) {
        while !bytes.is_empty() {
            let (part, rest) = bytes.split_at(bytes.len().min(self.missing()));
            if self.head.len() < HEAD {
                self.head.extend_from_slice(part);
                if let [a, b, c, ..] = self.head[..]
                    && self.head.len() == HEAD
                {
                    self.left = usize::from(a) << 16 | usize::from(b) << 8 | usize::from(c);
                }
            } else {
                self.left -= part.len();
            }
            if self.head.len() == HEAD && self.left == 0 {
                self.head.clear();
            }
            bytes = rest;
        }
    }

    /// Bytes until the end of the head, or else of the frame.
    fn missing(&self) -> usize {
        if self.head.len() < HEAD { HEAD - self.head.len() } else { self.left }
    }
}

impl AsyncWrite for Tap {
    fn poll_write(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
        bytes: &[u8],
    ) -> Poll<io::Result<usize>> {
        ready!(self.poll_orders(context))?;
        let missing = self.missing();
        let mut part = &bytes[..bytes.len().min(missing)];
        let is_data = self.head.len() == HEAD && self.head[3] == 0;
        let cuts = is_data && self.hand.orders().cuts;
        if cuts {
            part = &part[..part.len() / 2];
        }
        let written = ready!(Pin::new(&mut self.stream).poll_write(context, part))?;
        if cuts {
            return Poll::Ready(Err(io::ErrorKind::BrokenPipe.into()));
        }
        self.count(&bytes[..written]);
        Poll::Ready(Ok(written))
    }

    fn poll_flush(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        ready!(self.poll_orders(context))?;
        Pin::new(&mut self.stream).poll_flush(context)
    }

    fn poll_shutdown(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.stream).poll_shutdown(context)
    }
}

impl AsyncRead for Tap {
    fn poll_read(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
        buffer: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        if self.hand.orders().silent {
            return Poll::Pending;
        }
        Pin::new(&mut self.stream).poll_read(context, buffer)
    }
}
