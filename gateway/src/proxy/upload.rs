//! [`Upload`]: watches a server that has to take the body of a request.

use std::future::{Future, poll_fn};
use std::pin::{Pin, pin};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::task::{Context, Poll, ready};
use std::time::Duration;

use bytes::Bytes;
use http_body::{Body, Frame, SizeHint};

use crate::pace::{Ledger, Patience, Timer};
use crate::time::{after, now};

/// The progress of a server that takes the body of a request.
///
/// If the connection no longer asks for the body, the body does not notice. The task that waits for the response has to
/// look.
#[derive(Debug)]
pub(crate) struct Upload {
    taken: Arc<Taken>,
    timer: Timer,
}

#[derive(Debug)]
struct Taken {
    patience: Patience,
    /// Waits while the server has something to take. `None` once the body is gone.
    ///
    /// The body is gone once all of it was taken, or once it is no longer wanted.
    ledger: Mutex<Option<Ledger>>,
}

impl Taken {
    fn ledger(&self) -> MutexGuard<'_, Option<Ledger>> {
        self.ledger.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Upload {
    /// Watches a body. The upload is `None` if there is no body, or no limit.
    pub(crate) fn of<B: Body>(body: B, patience: Option<Patience>) -> (Uploaded<B>, Option<Self>) {
        let Some(patience) = patience.filter(|_| !body.is_end_stream()) else {
            return (Uploaded { body, handed: 0, taken: None }, None);
        };
        let mut ledger = Ledger::default();
        ledger.wait();
        let taken = Arc::new(Taken { patience, ledger: Mutex::new(Some(ledger)) });
        let body = Uploaded { body, handed: 0, taken: Some(Arc::clone(&taken)) };
        (body, Some(Self { taken, timer: Timer::default() }))
    }

    /// Returns the output of `exchange`, or `None` once the upload has stalled.
    ///
    /// The server has then taken too little for too long. Time in which it waits for the client does not count.
    pub(crate) async fn unless_stalled<F: Future>(upload: Option<Self>, exchange: F) -> Option<F::Output> {
        let (mut upload, mut exchange) = (upload, pin!(exchange));
        poll_fn(|context| match (exchange.as_mut().poll(context), &mut upload) {
            (Poll::Ready(output), _) => Poll::Ready(Some(output)),
            (Poll::Pending, None) => Poll::Pending,
            (Poll::Pending, Some(upload)) => upload.poll_stalled(context).map(|()| None),
        })
        .await
    }

    fn poll_stalled(&mut self, context: &mut Context<'_>) -> Poll<()> {
        let limit = self.taken.patience.time;
        loop {
            let Some(end) = self.end(limit) else { return Poll::Pending };
            ready!(self.timer.poll_at(Some(end), context));
            // What was taken meanwhile has moved the end.
            if self.end(limit).is_some_and(|end| end <= now()) {
                return Poll::Ready(());
            }
        }
    }

    /// Returns the time of the next look, or `None` once everything was taken.
    fn end(&self, limit: Duration) -> Option<std::time::Instant> {
        let ledger = self.taken.ledger();
        ledger.as_ref().map(|ledger| ledger.end(limit).unwrap_or_else(|| after(limit)))
    }
}

/// A body on its way to a server.
#[derive(Debug)]
pub(crate) struct Uploaded<B> {
    body: B,
    /// The size of what was handed over last.
    handed: u64,
    /// `None` if the body is not watched.
    taken: Option<Arc<Taken>>,
}

impl<B> Uploaded<B> {
    pub(crate) const fn get_ref(&self) -> &B {
        &self.body
    }

    /// Counts the bytes that were handed over as taken.
    ///
    /// Otherwise, the connection would not ask for more.
    fn credit(&mut self) {
        let Some(taken) = &self.taken else { return };
        if let Some(ledger) = &mut *taken.ledger() {
            ledger.moved(self.handed, taken.patience.bytes);
        }
        self.handed = 0;
    }
}

impl<B> Drop for Uploaded<B> {
    fn drop(&mut self) {
        self.taken.iter().for_each(|taken| *taken.ledger() = None);
    }
}

impl<B: Body<Data = Bytes> + Unpin> Body for Uploaded<B> {
    type Data = Bytes;
    type Error = B::Error;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, B::Error>>> {
        self.credit();
        let frame = ready!(Pin::new(&mut self.body).poll_frame(context));
        let size = frame.as_ref().and_then(|frame| Some(frame.as_ref().ok()?.data_ref()?.len()));
        self.handed = size.map_or(0, |size| u64::try_from(size).unwrap_or(u64::MAX));
        let Some(taken) = &self.taken else { return Poll::Ready(frame) };
        let mut ledger = taken.ledger();
        if let (Some(ledger), true) = (&mut *ledger, frame.is_some()) {
            ledger.wait();
        } else {
            *ledger = None;
        }
        drop(ledger);
        Poll::Ready(frame)
    }

    fn is_end_stream(&self) -> bool {
        self.body.is_end_stream()
    }

    fn size_hint(&self) -> SizeHint {
        self.body.size_hint()
    }
}
