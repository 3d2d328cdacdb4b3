//! [`Delivery`]: a response that its client has to take.

use std::future::Future;
use std::pin::Pin;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::task::{Context, Poll};

use bytes::Bytes;
use http_body::{Body, Frame, SizeHint};
use hyper::rt::Executor;
use pin_project::pin_project;

use super::connections::Busy;
use crate::pace::{Ledger, Patience, Timer};

/// The most bytes that are handed over at once.
///
/// The gateway sees that a client takes something only when a whole piece has been taken.
const PIECE: usize = 16 * 1024;

/// The most bytes that are handed over at once to a client that is slow.
const SMALL_PIECE: usize = 1024;

tokio::task_local! {
    static TAKEN: Arc<Taken>;
}

/// The progress of a client that takes the response on its stream.
#[derive(Debug)]
struct Taken {
    patience: Patience,
    /// Waits while there is something to take.
    ledger: Mutex<Ledger>,
    /// True if the last piece had to wait.
    is_slow: AtomicBool,
}

impl Taken {
    fn ledger(&self) -> MutexGuard<'_, Ledger> {
        self.ledger.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// A response that its client has to take. Until it is dropped, its request counts as running.
pub(crate) struct Delivery<B> {
    body: B,
    /// The rest of a frame.
    rest: Bytes,
    /// The size of what was handed over last.
    handed: usize,
    taken: Option<Arc<Taken>>,
    _busy: Busy,
}

impl<B> Delivery<B> {
    /// In a stream of HTTP/2, its [`Streams`] end a delivery that stalls.
    pub(crate) fn new(body: B, busy: Busy) -> Self {
        let taken = TAKEN.try_with(Arc::clone).ok();
        Self { body, rest: Bytes::new(), handed: 0, taken, _busy: busy }
    }

    /// Counts the last piece as taken.
    ///
    /// Otherwise, hyper would not ask for the next piece.
    fn credit(&mut self) {
        if let Some(taken) = &self.taken {
            let size = u64::try_from(self.handed).unwrap_or(u64::MAX);
            taken.ledger().moved(size, taken.patience.bytes);
        }
        self.handed = 0;
    }

    fn hand_over(&mut self, mut data: Bytes) -> Frame<Bytes> {
        let is_slow = self.taken.as_ref().is_some_and(|taken| taken.is_slow.swap(false, Ordering::Relaxed));
        self.rest = data.split_off(data.len().min(if is_slow { SMALL_PIECE } else { PIECE }));
        self.handed = data.len();
        if let Some(taken) = &self.taken {
            taken.ledger().wait();
        }
        Frame::data(data)
    }
}

impl<B: Body<Data = Bytes> + Unpin> Body for Delivery<B> {
    type Data = Bytes;
    type Error = B::Error;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, B::Error>>> {
        if self.taken.is_none() {
            return Pin::new(&mut self.body).poll_frame(context);
        }
        self.credit();
        if !self.rest.is_empty() {
            let rest = std::mem::take(&mut self.rest);
            return Poll::Ready(Some(Ok(self.hand_over(rest))));
        }
        Pin::new(&mut self.body).poll_frame(context).map_ok(|frame| match frame.into_data() {
            Ok(data) => self.hand_over(data),
            Err(frame) => frame,
        })
    }

    fn is_end_stream(&self) -> bool {
        self.rest.is_empty() && self.body.is_end_stream()
    }

    fn size_hint(&self) -> SizeHint {
        let mut hint = self.body.size_hint();
        let rest = u64::try_from(self.rest.len()).unwrap_or(u64::MAX);
        if let Some(upper) = hint.upper() {
            hint.set_upper(upper.saturating_add(rest));
        }
        hint.set_lower(hint.lower().saturating_add(rest));
        hint
    }
}

/// Runs the streams of a connection, each until its client takes too little.
///
/// hyper does not ask for a body while the client's window is closed, so a body cannot end itself.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Streams(pub(crate) Option<Patience>);

impl<F: Future<Output = ()> + Send + 'static> Executor<F> for Streams {
    fn execute(&self, stream: F) {
        let Self(Some(patience)) = *self else {
            drop(tokio::spawn(stream));
            return;
        };
        let taken = Arc::new(Taken { patience, ledger: Mutex::default(), is_slow: AtomicBool::new(false) });
        let stream = Watched { stream, taken: Arc::clone(&taken), timer: Timer::default() };
        tokio::spawn(TAKEN.scope(taken, stream));
    }
}

/// A stream whose client has to take its response.
#[pin_project]
struct Watched<F> {
    #[pin]
    stream: F,
    taken: Arc<Taken>,
    timer: Timer,
}

impl<F: Future<Output = ()>> Future for Watched<F> {
    type Output = ();

    fn poll(self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<()> {
        let this = self.project();
        if this.stream.poll(context).is_ready() {
            return Poll::Ready(());
        }
        let end = this.taken.ledger().end(this.taken.patience.time);
        this.taken.is_slow.store(end.is_some(), Ordering::Relaxed);
        this.timer.poll_at(end, context)
    }
}
