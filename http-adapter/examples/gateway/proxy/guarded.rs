//! [`Guarded`]: a body that may have so many bytes, and may pause for so long.

use std::error::Error;
use std::pin::Pin;
use std::task::{Context, Poll, ready};
use std::time::Duration;

use bytes::Bytes;
use http_body::{Body, Frame, SizeHint};
use tokio::sync::OwnedSemaphorePermit;
use tokio::time::Sleep;

use crate::time::boxed_pause;

/// A body that may have so many bytes, and may pause for so long.
#[derive(Debug)]
pub(crate) struct Guarded<B> {
    body: B,
    /// Bytes that may still come.
    left: u64,
    /// How long nothing may come while somebody wants it; `None` for as long as it takes.
    patience: Option<Duration>,
    /// Runs while nothing comes.
    pause: Option<Pin<Box<Sleep>>>,
    /// Held until the body is gone.
    permit: Option<OwnedSemaphorePermit>,
}

/// Why a body ended before its time.
#[derive(Debug, thiserror::Error)]
pub(crate) enum BodyError {
    #[error("the body is larger than allowed")]
    TooLarge,
    #[error("nothing of the body came for too long")]
    Stalled,
    #[error("the body failed")]
    Source(#[source] Box<dyn Error + Send + Sync>),
}

impl BodyError {
    /// The error of a body among the causes of another error.
    pub(crate) fn among<'e>(error: &'e (dyn Error + 'static)) -> Option<&'e Self> {
        std::iter::successors(Some(error), |&error| error.source()).find_map(|error| error.downcast_ref())
    }
}

impl<B> Guarded<B> {
    pub(crate) const fn new(body: B, limit: Option<u64>, patience: Option<Duration>) -> Self {
        let left = match limit {
            Some(limit) => limit,
            None => u64::MAX,
        };
        Self { body, left, patience, pause: None, permit: None }
    }

    /// Holds the permit until it is gone.
    pub(crate) fn holding(mut self, permit: OwnedSemaphorePermit) -> Self {
        self.permit = Some(permit);
        self
    }

    /// Whether it has paused for too long.
    fn poll_stalled(&mut self, context: &mut Context<'_>) -> Poll<()> {
        let Some(patience) = self.patience else { return Poll::Pending };
        self.pause.get_or_insert_with(|| boxed_pause(patience)).as_mut().poll(context)
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
        let Poll::Ready(frame) = Pin::new(&mut self.body).poll_frame(context) else {
            ready!(self.poll_stalled(context));
            return Poll::Ready(Some(Err(BodyError::Stalled)));
        };
        self.pause = None;
        let Some(frame) = frame else { return Poll::Ready(None) };
        let frame = frame.map_err(|error| BodyError::Source(error.into()))?;
        let size = frame.data_ref().map_or(0, Bytes::len);
        match self.left.checked_sub(u64::try_from(size).unwrap_or(u64::MAX)) {
            Some(left) => self.left = left,
            None => return Poll::Ready(Some(Err(BodyError::TooLarge))),
        }
        Poll::Ready(Some(Ok(frame)))
    }

    fn is_end_stream(&self) -> bool {
        self.body.is_end_stream()
    }

    fn size_hint(&self) -> SizeHint {
        self.body.size_hint()
    }
}
