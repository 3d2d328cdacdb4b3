//! [`PooledBody`]: the body of a response, which gives its connection back.

use std::pin::Pin;
use std::task::{Context, Poll, ready};

use bytes::Bytes;
use http_body::{Body, Frame, SizeHint};
use hyper::body::Incoming;

use super::super::headers;
use super::server::{Http1Lease, Stream};

/// The body of a response, which gives its connection back when it has ended.
#[derive(Debug)]
pub(crate) struct PooledBody {
    body: Incoming,
    lease: Lease,
}

#[derive(Debug)]
enum Lease {
    None,
    Http1(Http1Lease),
    Http2 {
        /// Its place on the connection is free when it is dropped.
        _stream: Stream,
        /// Bytes that are still to come, if the head says so.
        left: Option<u64>,
    },
}

/// The reason why a body ended early.
#[derive(Debug, thiserror::Error)]
pub(crate) enum ResponseBodyError {
    #[error("the server ended the body early")]
    Cut,
    #[error(transparent)]
    Exchange(#[from] hyper::Error),
}

impl PooledBody {
    /// The body of a response whose connection goes on in another protocol.
    pub(super) const fn unpooled(body: Incoming) -> Self {
        Self { body, lease: Lease::None }
    }

    pub(super) fn http1(body: Incoming, lease: Http1Lease) -> Self {
        let mut pooled = Self { body, lease: Lease::Http1(lease) };
        pooled.release_at_end();
        pooled
    }

    pub(super) fn http2(body: Incoming, stream: Stream) -> Self {
        let left = body.size_hint().exact();
        let mut pooled = Self { body, lease: Lease::Http2 { _stream: stream, left } };
        pooled.release_at_end();
        pooled
    }

    /// Gives the connection back if nothing more can come.
    fn release_at_end(&mut self) {
        if self.body.is_end_stream() {
            self.release();
        }
    }

    fn release(&mut self) {
        if let Lease::Http1(lease) = std::mem::replace(&mut self.lease, Lease::None) {
            lease.put_back();
        }
    }

    /// Returns true if a body that seems to have ended was cut.
    ///
    /// A server of HTTP/2 may reset a stream without an error. That is harmless only after a complete response (RFC 9113, 8.1).
    fn is_cut(&self) -> bool {
        match self.lease {
            Lease::Http2 { left, .. } => !self.body.is_end_stream() && left != Some(0),
            Lease::None | Lease::Http1(_) => false,
        }
    }

    fn count(&mut self, frame: &Frame<Bytes>) {
        if let (Lease::Http2 { left: Some(left), .. }, Some(data)) = (&mut self.lease, frame.data_ref()) {
            *left = left.saturating_sub(u64::try_from(data.len()).unwrap_or(u64::MAX));
        }
    }
}

impl Body for PooledBody {
    type Data = Bytes;
    type Error = ResponseBodyError;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, ResponseBodyError>>> {
        let frame = ready!(Pin::new(&mut self.body).poll_frame(context));
        match frame {
            Some(Ok(mut frame)) => {
                if let Some(trailers) = frame.trailers_mut() {
                    headers::strip_trailers(trailers);
                }
                self.count(&frame);
                self.release_at_end();
                Poll::Ready(Some(Ok(frame)))
            }
            None if self.is_cut() => {
                self.lease = Lease::None;
                Poll::Ready(Some(Err(ResponseBodyError::Cut)))
            }
            None => {
                self.release();
                Poll::Ready(None)
            }
            Some(Err(error)) => {
                self.lease = Lease::None;
                Poll::Ready(Some(Err(error.into())))
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

impl Drop for PooledBody {
    /// Gives the connection back if the body has ended.
    ///
    /// hyper's server stops asking once all bytes of a `Content-Length` have come, so it may never see the end.
    fn drop(&mut self) {
        self.release_at_end();
    }
}
