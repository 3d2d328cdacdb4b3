//! [`PeekedBody`]: a body of which the first frames may have been looked at.

use std::fmt;
use std::pin::Pin;
use std::task::{Context, Poll, ready};

use bytes::Buf;
use http::HeaderMap;
use http_body::{Body, Frame, SizeHint};

/// A body of which the first frames may have been looked at: it yields what the original would have.
pub struct PeekedBody<B: Body> {
    inner: B,
    /// What was looked at and is still to be yielded, in order.
    seen: [Option<Seen<B>>; 2],
    /// The original has said that nothing follows.
    ended: bool,
}

type Seen<B> = Result<Frame<<B as Body>::Data>, <B as Body>::Error>;

/// How far looking ahead has come.
pub(super) enum Peeked {
    /// What follows is not there yet, or does not matter.
    Nothing,
    Trailers(HeaderMap),
}

impl<B: Body + Unpin> PeekedBody<B> {
    pub(super) const fn new(inner: B) -> Self {
        Self { inner, seen: [None, None], ended: false }
    }

    /// Looks at the first frame as soon as it is there and, if it is data, at the second one if it is there too.
    pub(super) fn poll_peek(&mut self, context: &mut Context<'_>) -> Poll<Peeked> {
        for slot in self.seen.iter_mut().filter(|slot| slot.is_none()) {
            let frame = ready!(Pin::new(&mut self.inner).poll_frame(context));
            self.ended = frame.is_none();
            let trailers = frame.as_ref().and_then(|frame| frame.as_ref().ok()?.trailers_ref().cloned());
            let is_data = matches!(&frame, Some(Ok(frame)) if frame.is_data());
            *slot = frame;
            if let Some(trailers) = trailers {
                self.ended = true;
                return Poll::Ready(Peeked::Trailers(trailers));
            }
            if !is_data {
                break;
            }
        }
        Poll::Ready(Peeked::Nothing)
    }

    /// Whether a frame has been looked at: nothing is waited for any longer.
    pub(super) const fn has_begun(&self) -> bool {
        self.seen[0].is_some() || self.ended
    }
}

/// Frames that were looked at are moved, never pinned.
impl<B: Body + Unpin> Unpin for PeekedBody<B> {}

impl<B: Body + Unpin> Body for PeekedBody<B> {
    type Data = B::Data;
    type Error = B::Error;

    fn poll_frame(
        self: Pin<&mut Self>,
        context: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<B::Data>, B::Error>>> {
        let this = self.get_mut();
        if let Some(frame) = this.seen.iter_mut().find_map(Option::take) {
            return Poll::Ready(Some(frame));
        }
        if this.ended {
            return Poll::Ready(None);
        }
        Pin::new(&mut this.inner).poll_frame(context)
    }

    fn is_end_stream(&self) -> bool {
        self.seen.iter().all(Option::is_none) && (self.ended || self.inner.is_end_stream())
    }

    fn size_hint(&self) -> SizeHint {
        let data =
            |frame: &Result<Frame<B::Data>, B::Error>| Some(frame.as_ref().ok()?.data_ref()?.remaining());
        let seen: usize = self.seen.iter().flatten().filter_map(data).sum();
        let seen = u64::try_from(seen).unwrap_or(u64::MAX);
        let rest = if self.ended { SizeHint::with_exact(0) } else { self.inner.size_hint() };
        let mut whole = SizeHint::new();
        whole.set_lower(rest.lower().saturating_add(seen));
        if let Some(upper) = rest.upper() {
            whole.set_upper(upper.saturating_add(seen));
        }
        whole
    }
}

impl<B: Body> fmt::Debug for PeekedBody<B> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        // The body may carry secrets.
        f.debug_struct("PeekedBody").field("ended", &self.ended).finish_non_exhaustive()
    }
}
