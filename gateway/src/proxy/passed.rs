//! [`Passed`]: the body of a response on its way to the client, which reports a cut.

use std::fmt;
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll, ready};
use std::time::{Duration, Instant};

use bytes::Bytes;
use http::StatusCode;
use http_body::{Body, Frame, SizeHint};

use super::causes::WithCauses;
use super::events::{By, Cut, REQUEST, Watch};
use super::guarded::BodyError;
use crate::pace::Patience;
use crate::time::{now, since};
use crate::worker;

/// The body of a response on its way to the client. Reports when it ends before its time.
pub(crate) struct Passed<B: Body> {
    body: B,
    /// `None` without a [`Watch`], and once the body has ended.
    account: Option<Box<(Account, Progress)>>,
}

/// The known facts about a response that is not complete.
pub(crate) struct Account {
    pub(crate) watch: Arc<dyn Watch>,
    /// The number of the request.
    pub(crate) number: u64,
    /// `None` if the request belongs to no route.
    pub(crate) route: Option<Arc<str>>,
    pub(crate) status: StatusCode,
    /// The time at which the request came.
    pub(crate) started: Instant,
    /// The limit for a client that takes too little.
    pub(crate) patience: Option<Patience>,
}

/// The progress of a body.
struct Progress {
    bytes: u64,
    /// The size that was promised.
    expected: Option<u64>,
    /// The time of the connection's last request for data, if it then got something.
    given: Option<Instant>,
}

impl Account {
    fn report(&self, bytes: u64, by: By, why: &dyn fmt::Display) {
        let (route, status) = (self.route.as_deref(), Some(self.status));
        let cut = Cut { route, status, bytes, by, why, took: since(self.started) };
        REQUEST.sync_scope(self.number, || self.watch.cut(&cut));
    }

    /// Reports a body that the connection has dropped without saying why.
    ///
    /// If a client is cut because it takes nothing, its last request for data is about as old as its patience is long.
    fn report_dropped(&self, progress: &Progress) {
        let waited = progress.given.map_or(Duration::ZERO, since);
        let (by, why) = if worker::is_ending() {
            (By::Stopped, "the gateway was stopped")
        } else if self.patience.is_some_and(|patience| waited.saturating_mul(2) >= patience.time) {
            (By::ClientStalled, "the client took nothing for too long")
        } else {
            (By::Client, "the connection or the stream of the client ended")
        };
        self.report(progress.bytes, by, &why);
    }
}

impl<B: Body> Passed<B> {
    /// A body that reports nothing.
    pub(crate) const fn new(body: B) -> Self {
        Self { body, account: None }
    }

    /// Reports to the account if it does not come to its end.
    pub(crate) fn reporting(body: B, account: Account) -> Self {
        if body.is_end_stream() {
            return Self::new(body);
        }
        let progress = Progress { bytes: 0, expected: body.size_hint().exact(), given: Some(now()) };
        Self { body, account: Some(Box::new((account, progress))) }
    }
}

impl<B> Body for Passed<B>
where
    B: Body<Data = Bytes, Error = BodyError> + Unpin,
{
    type Data = Bytes;
    type Error = BodyError;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, BodyError>>> {
        let polled = Pin::new(&mut self.body).poll_frame(context);
        let Some((account, progress)) = self.account.as_deref_mut() else { return polled };
        progress.given = polled.is_ready().then(now);
        match ready!(polled) {
            Some(Ok(frame)) => {
                let size = frame.data_ref().map_or(0, Bytes::len);
                let size = u64::try_from(size).unwrap_or(u64::MAX);
                progress.bytes = progress.bytes.saturating_add(size);
                if frame.is_trailers() {
                    self.account = None;
                }
                Poll::Ready(Some(Ok(frame)))
            }
            Some(Err(error)) => {
                let by = match error {
                    BodyError::Stalled => By::UpstreamStalled,
                    BodyError::TooLarge | BodyError::Source(_) => By::Upstream,
                };
                account.report(progress.bytes, by, &WithCauses(&error));
                self.account = None;
                Poll::Ready(Some(Err(error)))
            }
            None => {
                self.account = None;
                Poll::Ready(None)
            }
        }
    }

    fn is_end_stream(&self) -> bool {
        self.body.is_end_stream()
    }

    fn size_hint(&self) -> SizeHint {
        self.body.size_hint()
    }
}

/// Reports a body that is dropped before its end.
///
/// A connection stops asking as soon as it has the last byte, so a body that is dropped then is complete.
impl<B: Body> Drop for Passed<B> {
    fn drop(&mut self) {
        let Some((account, progress)) = self.account.as_deref() else { return };
        if !self.body.is_end_stream() && progress.expected != Some(progress.bytes) {
            account.report_dropped(progress);
        }
    }
}
