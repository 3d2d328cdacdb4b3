//! [`Draining`]: reads what is left of a response that nobody wants, so that its connection can be used again.

use std::pin::Pin;
use std::task::{Context, Poll};

use bytes::Buf;
use http_body::Body;
use pin_project::pin_project;

/// Reads what is left of a body, up to a number of bytes and for as long as its timer sleeps.
#[pin_project]
pub(crate) struct Draining<B, S> {
    #[pin]
    body: B,
    #[pin]
    sleep: S,
    left: u64,
}

impl<B: Body, S> Draining<B, S> {
    /// What reads at most `bytes` of `body` during the sleep that `sleep` makes; `None` when there is nothing to read, or
    /// more than that for certain.
    pub(crate) fn new(body: B, bytes: u64, sleep: impl FnOnce() -> S) -> Option<Self> {
        let is_worth_it = !body.is_end_stream() && body.size_hint().lower() <= bytes && bytes > 0;
        is_worth_it.then(|| Self { body, sleep: sleep(), left: bytes })
    }
}

impl<B: Body, S: Future<Output = ()>> Future for Draining<B, S> {
    type Output = ();

    fn poll(self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<()> {
        let mut this = self.project();
        while let Poll::Ready(frame) = this.body.as_mut().poll_frame(context) {
            let Some(Ok(frame)) = frame else { return Poll::Ready(()) };
            let read = frame.data_ref().map_or(0, Buf::remaining);
            match this.left.checked_sub(u64::try_from(read).unwrap_or(u64::MAX)) {
                Some(left) => *this.left = left,
                None => return Poll::Ready(()),
            }
        }
        this.sleep.poll(context)
    }
}
