//! What the source of a replay and the bodies of its attempts share.

use std::collections::VecDeque;
use std::pin::Pin;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::task::{Context, Poll, Waker, ready};

use bytes::{Buf, Bytes, BytesMut};
use http::HeaderMap;
use http_body::{Body, Frame, SizeHint};

use super::ReplayError;
use super::pool::{ReplayPool, Share};

/// The shared state behind its lock.
pub(super) struct Handle<B>(Arc<Mutex<Shared<B>>>);

impl<B> Handle<B> {
    pub(super) fn new(shared: Shared<B>) -> Self {
        Self(Arc::new(Mutex::new(shared)))
    }

    /// Takes the body over from the attempt that holds it, from its beginning; the new lease and the size of
    /// the body. `None`, and the attempt keeps it, when no attempt can follow.
    pub(super) fn take_lease(&self) -> Option<(u64, SizeHint)>
    where
        B: Body + Unpin,
    {
        let mut shared = self.lock();
        if shared.keeping == Keeping::Nothing {
            return None;
        }
        shared.lease = shared.lease.wrapping_add(1);
        shared.flush();
        shared.replayed = 0;
        let (lease, hint, waiting) = (shared.lease, shared.hint, shared.waker.take());
        drop(shared);
        // The old holder may be waiting for the original body: let it see that its time is over.
        if let Some(waker) = waiting {
            waker.wake();
        }
        Some((lease, hint))
    }

    pub(super) fn shared(&self) -> Arc<Mutex<Shared<B>>> {
        Arc::clone(&self.0)
    }

    /// A panic of the original body comes out of the poll of the attempt that reads it, and stops nobody else.
    pub(super) fn lock(&self) -> MutexGuard<'_, Shared<B>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl<B> Clone for Handle<B> {
    fn clone(&self) -> Self {
        Self(Arc::clone(&self.0))
    }
}

/// The original body, what has been kept of it, and who may read it.
pub(super) struct Shared<B> {
    /// The original body until it has ended or failed.
    inner: Option<B>,
    /// Its size when it was new.
    hint: SizeHint,
    keeping: Keeping,
    /// Chunks that have passed and are kept; empty once no attempt can follow.
    prefix: VecDeque<Bytes>,
    /// Small chunks that have passed since, in one piece: each chunk of its own costs more than a small one holds.
    tail: BytesMut,
    /// What prefix, tail and trailers have taken from the pool: as many bytes as they hold.
    share: Share,
    cap: usize,
    /// Chunks of the prefix that the holder of the lease has had.
    replayed: usize,
    trailers: Option<HeaderMap>,
    lease: u64,
    /// Who waits for the original body.
    waker: Option<Waker>,
}

/// Chunks below this are copied together, larger ones are kept by reference.
const SMALL: usize = 1024;

/// What happens to the chunks that pass.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Keeping {
    /// Nothing has been read yet: the body can be sent again whatever its size.
    Untouched,
    /// They are kept.
    All,
    /// They are not kept: too large, failed, or no attempt follows.
    Nothing,
}

impl<B: Body + Unpin> Shared<B> {
    pub(super) fn new(inner: B, cap: usize, pool: ReplayPool) -> Self {
        Self {
            hint: inner.size_hint(),
            inner: Some(inner),
            keeping: Keeping::Untouched,
            prefix: VecDeque::new(),
            tail: BytesMut::new(),
            share: Share::new(pool),
            cap,
            replayed: 0,
            trailers: None,
            lease: 0,
            waker: None,
        }
    }

    pub(super) const fn keeping(&self) -> Keeping {
        self.keeping
    }

    /// Bytes kept for another attempt.
    pub(super) const fn stored(&self) -> usize {
        self.share.bytes()
    }

    /// What is kept, and whether it is the whole body.
    pub(super) fn kept(&self) -> (Vec<Bytes>, bool) {
        let tail = (!self.tail.is_empty()).then(|| Bytes::copy_from_slice(&self.tail));
        let is_whole = self.keeping == Keeping::All && self.inner.is_none();
        (self.prefix.iter().cloned().chain(tail).collect(), is_whole)
    }

    /// No attempt follows the one that holds the body: frees what it has had, keeps nothing more.
    pub(super) fn stop_keeping(&mut self) {
        self.keeping = Keeping::Nothing;
        self.prefix.drain(..self.replayed);
        self.prefix.shrink_to_fit();
        self.replayed = 0;
        self.tail = BytesMut::new();
        let chunks = self.prefix.iter().map(Bytes::len);
        self.share.shrink_to(chunks.chain(self.trailers.as_ref().map(size)).sum());
    }

    /// Puts the tail behind the prefix.
    fn flush(&mut self) {
        if !self.tail.is_empty() {
            self.prefix.push_back(self.tail.split().freeze());
        }
    }

    pub(super) fn is_end_stream(&self, lease: u64) -> bool {
        lease == self.lease
            && self.replayed == self.prefix.len()
            && self.trailers.is_none()
            && self.inner.as_ref().is_none_or(Body::is_end_stream)
    }

    /// The next data for the holder of `lease`: kept chunks first, then the original body.
    pub(super) fn poll_frame<E>(
        &mut self,
        lease: u64,
        context: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, ReplayError>>>
    where
        B: Body<Error = E>,
        E: Into<Box<dyn std::error::Error + Send + Sync>>,
    {
        if lease != self.lease {
            return Poll::Ready(Some(Err(ReplayError::Revoked)));
        }
        if let Some(chunk) = self.replay() {
            return Poll::Ready(Some(Ok(Frame::data(chunk))));
        }
        let Some(inner) = &mut self.inner else {
            return Poll::Ready(self.trailers.clone().map(|trailers| Ok(Frame::trailers(trailers))));
        };
        if !self.waker.as_ref().is_some_and(|waker| waker.will_wake(context.waker())) {
            self.waker = Some(context.waker().clone());
        }
        let frame = ready!(Pin::new(inner).poll_frame(context));
        self.waker = None;
        if self.keeping == Keeping::Untouched {
            let fits = self.hint.lower() <= self.cap.try_into().unwrap_or(u64::MAX);
            self.keeping = if fits { Keeping::All } else { Keeping::Nothing };
        }
        Poll::Ready(match frame {
            Some(Ok(frame)) => Some(Ok(self.pass(frame))),
            Some(Err(error)) => {
                self.inner = None;
                self.stop_keeping();
                Some(Err(ReplayError::Source(error.into())))
            }
            None => {
                self.inner = None;
                None
            }
        })
    }

    /// The next kept chunk that the holder of the lease has not had.
    fn replay(&mut self) -> Option<Bytes> {
        if self.keeping == Keeping::Nothing {
            let chunk = self.prefix.pop_front()?;
            self.share.shrink_to(self.share.bytes().saturating_sub(chunk.len()));
            return Some(chunk);
        }
        let chunk = self.prefix.get(self.replayed)?.clone();
        self.replayed = self.replayed.saturating_add(1);
        Some(chunk)
    }

    /// Keeps what there is to keep of a frame that has just been read.
    fn pass(&mut self, frame: Frame<B::Data>) -> Frame<Bytes> {
        match frame.map_data(|mut data| data.copy_to_bytes(data.remaining())).into_data() {
            Ok(data) => {
                self.keep(&data);
                Frame::data(data)
            }
            Err(frame) => {
                match frame.trailers_ref() {
                    Some(trailers) if self.keeping == Keeping::All && self.take(size(trailers)) => {
                        self.trailers = Some(trailers.clone());
                    }
                    _ => self.stop_keeping(), // no room, or a kind of frame that nobody knows how to send again
                }
                // Trailers end a body, and a body that has ended must not be polled again.
                if frame.is_trailers() {
                    self.inner = None;
                }
                frame
            }
        }
    }

    /// Takes so many bytes more from the pool, if they are within the cap and there.
    fn take(&mut self, more: usize) -> bool {
        self.share.bytes().saturating_add(more) <= self.cap && self.share.take(more)
    }

    fn keep(&mut self, data: &Bytes) {
        if self.keeping == Keeping::Nothing || data.is_empty() {
            return;
        }
        if !self.take(data.len()) {
            // The running attempt has had all of the prefix, or it would not be reading the original.
            self.stop_keeping();
            return;
        }
        if data.len() < SMALL {
            self.tail.extend_from_slice(data);
        } else {
            self.flush();
            self.prefix.push_back(self.share.store(data));
        }
        self.replayed = self.prefix.len();
    }
}

/// The bytes of fields, without what stands between them.
fn size(fields: &HeaderMap) -> usize {
    fields.iter().map(|(name, value)| name.as_str().len().saturating_add(value.len())).sum()
}
