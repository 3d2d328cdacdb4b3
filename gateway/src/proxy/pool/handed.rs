//! [`AttemptBody`]: the body of an attempt, which signals its end; [`HeadLimit`]: the time for a response, which may begin then.

use std::pin::Pin;
use std::task::{Context, Poll};
use std::time::{Duration, Instant};

use bytes::Bytes;
use http_body::{Body, Frame, SizeHint};
use persevere_http::{KeptBody, ReplayBody};
use tokio::sync::oneshot;

use super::super::fault::{FailedBody, Fault};
use super::super::upload::Uploaded;
use super::super::whole::Inbound;
use crate::time::{pause, within_deadline};

/// The body of an attempt, which signals when a connection has taken all of it.
///
/// The signal is the drop of the body: a connection drops a body that it has taken. A body without bytes is dropped when the
/// head of its request is written.
#[derive(Debug)]
pub(crate) struct AttemptBody {
    body: Uploaded<ReplayBody<Inbound>>,
    fault: Fault,
    /// Dropped with the body, which is the signal.
    held: Option<oneshot::Sender<()>>,
}

/// A future that completes when a body has been handed over.
pub(super) type HandedOver = oneshot::Receiver<()>;

/// The time for the head of a response.
#[derive(Clone, Copy, Debug)]
pub(crate) enum HeadLimit {
    /// It ends at this time, or never.
    At(Option<Instant>),
    /// It begins when the request has been handed over.
    AfterRequest(Duration),
}

impl HeadLimit {
    /// Returns the time that also limits the wait for a connection.
    pub(super) const fn deadline(self) -> Option<Instant> {
        match self {
            Self::At(deadline) => deadline,
            Self::AfterRequest(_) => None,
        }
    }

    pub(super) const fn needs_end(self) -> bool {
        matches!(self, Self::AfterRequest(_))
    }

    /// Returns the output of `exchange`, or `None` if the time ends first.
    pub(super) async fn within<F: Future>(
        self,
        handed_over: Option<HandedOver>,
        exchange: F,
    ) -> Option<F::Output> {
        let Self::AfterRequest(limit) = self else { return within_deadline(self.deadline(), exchange).await };
        let late = async {
            if let Some(handed_over) = handed_over {
                // An error says that the body is gone, which is the end that is waited for.
                let _ = handed_over.await;
            }
            pause(limit).await;
        };
        tokio::select! {
            biased;
            outcome = exchange => Some(outcome),
            () = late => None,
        }
    }
}

impl AttemptBody {
    pub(crate) fn new(body: Uploaded<ReplayBody<Inbound>>) -> Self {
        Self { body, fault: Fault::default(), held: None }
    }

    /// Returns the part of the body that is kept for another attempt.
    pub(crate) fn kept(&self) -> Option<KeptBody> {
        self.body.get_ref().kept()
    }

    /// Returns the place where the body leaves its error.
    pub(crate) fn fault(&self) -> Fault {
        self.fault.clone()
    }

    /// Returns a future that completes when the body has been handed over.
    pub(super) fn handed_over(&mut self) -> HandedOver {
        let (held, handed_over) = oneshot::channel();
        self.held = Some(held);
        handed_over
    }
}

impl Body for AttemptBody {
    type Data = Bytes;
    type Error = FailedBody;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, FailedBody>>> {
        let frame = Pin::new(&mut self.body).poll_frame(context);
        frame.map_err(|error| self.fault.keep(error))
    }

    fn is_end_stream(&self) -> bool {
        self.body.is_end_stream()
    }

    fn size_hint(&self) -> SizeHint {
        self.body.size_hint()
    }
}
