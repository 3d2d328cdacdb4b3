//! [`Whole`]: the body of a request, which ends only where its client has ended it; [`Inbound`]: the same within its limits.

use std::error::Error;
use std::pin::Pin;
use std::task::{Context, Poll, ready};

use bytes::Bytes;
use http::Version;
use http_body::{Body, Frame, SizeHint};
use hyper::body::Incoming;

use super::guarded::Guarded;
use super::headers;

/// The body of a request, as it comes.
pub(crate) type Inbound = Guarded<Whole>;

/// The body of a request, which ends only where its client has ended it. Trailers are without what has no place there.
#[derive(Debug)]
pub(crate) struct Whole {
    body: Incoming,
    /// The end of a stream is told apart from its reset.
    http2: bool,
}

/// A body that ends before its end.
#[derive(Debug, thiserror::Error)]
#[error("the client has ended the request before its body was complete")]
struct Cut;

impl Whole {
    pub(crate) fn new(body: Incoming, version: Version) -> Self {
        Self { body, http2: version == Version::HTTP_2 }
    }

    /// Returns true if a body that yields nothing more lacks a part.
    ///
    /// The part can be bytes that its length promised or, in HTTP/2, the flag that ends a stream. hyper takes a reset without
    /// an error (`NO_ERROR`) for an end.
    fn is_cut(&self) -> bool {
        self.body.size_hint().lower() > 0 || (self.http2 && !self.body.is_end_stream())
    }
}

impl Body for Whole {
    type Data = Bytes;
    type Error = Box<dyn Error + Send + Sync>;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, Self::Error>>> {
        let Some(frame) = ready!(Pin::new(&mut self.body).poll_frame(context)) else {
            return Poll::Ready(if self.is_cut() { Some(Err(Cut.into())) } else { None });
        };
        let mut frame = frame?;
        if let Some(trailers) = frame.trailers_mut() {
            headers::strip_trailers(trailers);
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
