//! [`Guarded`]: a body with a limit on its size, which has to make progress.

use std::error::Error;
use std::future::poll_fn;
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll, ready};
use std::time::Duration;

use bytes::Bytes;
use http::Response;
use http_body::{Body, Frame, SizeHint};
use tokio::sync::OwnedSemaphorePermit;

use super::causes::causes;
use super::headers;
use super::unread::Unread;
use crate::pace::{Pace, Patience};
use crate::time::within;

/// The time for which the head of a response waits for its body.
///
/// If a connection breaks, its end comes a little later than the head.
const MOMENT: Duration = Duration::from_millis(5);

/// A body with a limit on its size, which has to make progress.
#[derive(Debug)]
pub(crate) struct Guarded<B> {
    body: B,
    /// Bytes that may still come.
    left: u64,
    /// The progress while a frame is awaited.
    pace: Pace,
    /// The part that has come before it was asked for.
    ahead: Ahead,
    /// True if the last output was a frame.
    has_given: bool,
    /// The flag to set once the body has been read to its end.
    unread: Option<Arc<Unread>>,
    /// Held until the body is gone.
    permit: Option<OwnedSemaphorePermit>,
}

/// The part of a body that has come before it was asked for.
#[derive(Debug, Default)]
struct Ahead {
    frame: Option<Frame<Bytes>>,
    /// The error of the body, until the data before it has been sent.
    failed: Option<BodyError>,
    has_ended: bool,
}

impl Ahead {
    /// Bytes of data.
    fn size(&self) -> u64 {
        let data = self.frame.as_ref().and_then(Frame::data_ref);
        data.map_or(0, |data| u64::try_from(data.len()).unwrap_or(u64::MAX))
    }
}

/// Why a body ended before its time.
#[derive(Debug, thiserror::Error)]
pub(crate) enum BodyError {
    #[error("the body is larger than allowed")]
    TooLarge,
    #[error("too little of the body came for too long")]
    Stalled,
    #[error("the body failed")]
    Source(#[source] Box<dyn Error + Send + Sync>),
}

impl BodyError {
    /// The error of a body among the causes of another error.
    pub(crate) fn among<'e>(error: &'e (dyn Error + 'static)) -> Option<&'e Self> {
        causes(error).find_map(|error| error.downcast_ref())
    }
}

impl<B> Guarded<B> {
    pub(crate) const fn new(body: B, limit: Option<u64>, patience: Option<Patience>) -> Self {
        let left = match limit {
            Some(limit) => limit,
            None => u64::MAX,
        };
        let ahead = Ahead { frame: None, failed: None, has_ended: false };
        Self { body, left, pace: Pace::new(patience), ahead, has_given: false, unread: None, permit: None }
    }

    /// Holds the permit until it is gone.
    pub(crate) fn holding(mut self, permit: OwnedSemaphorePermit) -> Self {
        self.permit = Some(permit);
        self
    }

    /// Says when it has been read to its end.
    pub(crate) fn telling(mut self, unread: Option<Arc<Unread>>) -> Self {
        self.unread = unread;
        self
    }
}

impl<B> Guarded<B>
where
    B: Body<Data = Bytes> + Unpin,
    B::Error: Into<Box<dyn Error + Send + Sync>>,
{
    /// Waits up to [`MOMENT`] for the beginning of a response's body.
    ///
    /// A stream of messages is not waited for, because it may have nothing to send yet.
    ///
    /// # Errors
    ///
    /// Returns the error of a body that fails by then, before anything of it was passed on.
    pub(crate) async fn begun(mut response: Response<Self>) -> Result<Response<Self>, BodyError> {
        let is_stream = headers::is_stream(response.headers());
        let body = response.body_mut();
        let look = poll_fn(|context| match body.look(context) {
            Ok(false) if !is_stream => Poll::Pending,
            looked => Poll::Ready(looked.map(|_| ())),
        });
        within(MOMENT, look).await.unwrap_or(Ok(()))?;
        Ok(response)
    }

    /// Returns true if a frame or the end of the body has come by now.
    fn look(&mut self, context: &mut Context<'_>) -> Result<bool, BodyError> {
        if self.has_ended() {
            return Ok(true);
        }
        let Poll::Ready(frame) = self.poll_next(context) else { return Ok(false) };
        self.ahead.frame = frame.transpose()?;
        self.ahead.has_ended = self.ahead.frame.is_none();
        Ok(true)
    }

    /// Returns true if nothing more comes from the inner body.
    fn has_ended(&self) -> bool {
        self.ahead.has_ended || self.body.is_end_stream()
    }

    /// Polls the inner body for its next frame.
    fn poll_next(&mut self, context: &mut Context<'_>) -> Poll<Option<Result<Frame<Bytes>, BodyError>>> {
        let Poll::Ready(frame) = Pin::new(&mut self.body).poll_frame(context) else {
            ready!(self.pace.poll_stalled(context));
            return Poll::Ready(Some(Err(BodyError::Stalled)));
        };
        if frame.is_none() || self.body.is_end_stream() {
            self.unread.iter().for_each(|unread| unread.read());
        }
        let Some(frame) = frame else { return Poll::Ready(None) };
        let frame = frame.map_err(|error| BodyError::Source(error.into()))?;
        let size = frame.data_ref().map_or(0, Bytes::len);
        self.pace.moved(size);
        match self.left.checked_sub(u64::try_from(size).unwrap_or(u64::MAX)) {
            Some(left) => self.left = left,
            None => return Poll::Ready(Some(Err(BodyError::TooLarge))),
        }
        Poll::Ready(Some(Ok(frame)))
    }
}

impl<B> Body for Guarded<B>
where
    B: Body<Data = Bytes> + Unpin,
    B::Error: Into<Box<dyn Error + Send + Sync>>,
{
    type Data = Bytes;
    type Error = BodyError;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, BodyError>>> {
        let next = match self.ahead.frame.take() {
            Some(frame) => Some(Ok(frame)),
            None if self.ahead.has_ended => None,
            None => match self.ahead.failed.take() {
                Some(error) => Some(Err(error)),
                None => ready!(self.poll_next(context)),
            },
        };
        match next {
            // What came before is sent first: a failure takes along what still waits to be written.
            Some(Err(error)) if self.has_given => {
                self.has_given = false;
                self.ahead.failed = Some(error);
                context.waker().wake_by_ref();
                Poll::Pending
            }
            next => {
                self.has_given = matches!(next, Some(Ok(_)));
                Poll::Ready(next)
            }
        }
    }

    fn is_end_stream(&self) -> bool {
        self.ahead.frame.is_none() && self.ahead.failed.is_none() && self.has_ended()
    }

    fn size_hint(&self) -> SizeHint {
        let (mut hint, ahead) = (self.body.size_hint(), self.ahead.size());
        if let Some(upper) = hint.upper() {
            hint.set_upper(upper.saturating_add(ahead));
        }
        hint.set_lower(hint.lower().saturating_add(ahead));
        hint
    }
}
