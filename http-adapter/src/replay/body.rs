//! [`ReplayBody`]: the body of one attempt.

use std::error::Error;
use std::fmt;
use std::pin::Pin;
use std::task::{Context, Poll};

use bytes::{Buf, Bytes};
use http_body::{Body, Frame, SizeHint};

use super::ReplayError;
use super::kept_body::KeptBody;
use super::shared::Handle;

/// The body of one attempt: empty, the original itself, or a lease on a [`ReplaySource`](super::ReplaySource).
///
/// It has the size hint of the original, less what it has yielded.
pub struct ReplayBody<B> {
    kind: Kind<B>,
}

enum Kind<B> {
    Empty,
    /// Passed through: a request that is never retried keeps nothing and shares nothing.
    Original(B),
    Leased(Lease<B>),
}

struct Lease<B> {
    shared: Handle<B>,
    number: u64,
    hint: SizeHint,
    /// Trailers or an error came: nothing follows.
    ended: bool,
}

impl<B> ReplayBody<B> {
    pub(crate) const fn empty() -> Self {
        Self { kind: Kind::Empty }
    }

    /// A body that is sent once: nothing of it is kept.
    #[must_use]
    pub const fn once(body: B) -> Self {
        Self { kind: Kind::Original(body) }
    }

    /// What is kept of the original, for others to see; `None` for an empty body and for one that is sent once.
    ///
    /// # Examples
    ///
    /// A service behind the filter lets those that follow see it:
    ///
    /// ```
    /// # use bytes::Bytes;
    /// # use http::Request;
    /// # use http_body_util::Full;
    /// # use persevere_http::{KeptBody, ReplayBody, ReplaySource};
    /// # let source = ReplaySource::new(Full::new(Bytes::from("abc")), 1024);
    /// # let body = source.attempt().expect("nobody else has it");
    /// # let mut request = Request::new(body);
    /// if let Some(kept) = request.body().kept() {
    ///     request.extensions_mut().insert(kept);
    /// }
    /// assert_eq!(request.extensions().get::<KeptBody>().map(KeptBody::bytes), Some(0), "nothing has passed yet");
    /// ```
    #[must_use]
    pub fn kept(&self) -> Option<KeptBody>
    where
        B: Body + Unpin + Send + 'static,
    {
        match &self.kind {
            Kind::Leased(lease) => Some(KeptBody::of(lease.shared.shared())),
            Kind::Empty | Kind::Original(_) => None,
        }
    }

    pub(super) const fn leased(shared: Handle<B>, number: u64, hint: SizeHint) -> Self {
        Self { kind: Kind::Leased(Lease { shared, number, hint, ended: false }) }
    }
}

impl<B> Body for ReplayBody<B>
where
    B: Body + Unpin,
    B::Error: Into<Box<dyn Error + Send + Sync>>,
{
    type Data = Bytes;
    type Error = ReplayError;

    fn poll_frame(
        self: Pin<&mut Self>,
        context: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, ReplayError>>> {
        match &mut self.get_mut().kind {
            Kind::Empty => Poll::Ready(None),
            Kind::Original(body) => Pin::new(body).poll_frame(context).map(|frame| {
                frame.map(|frame| match frame {
                    Ok(frame) => Ok(frame.map_data(|mut data| data.copy_to_bytes(data.remaining()))),
                    Err(error) => Err(ReplayError::Source(error.into())),
                })
            }),
            Kind::Leased(lease) => lease.poll_frame(context),
        }
    }

    fn is_end_stream(&self) -> bool {
        match &self.kind {
            Kind::Empty => true,
            Kind::Original(body) => body.is_end_stream(),
            Kind::Leased(lease) => lease.ended || lease.shared.lock().is_end_stream(lease.number),
        }
    }

    fn size_hint(&self) -> SizeHint {
        match &self.kind {
            Kind::Empty => SizeHint::with_exact(0),
            Kind::Original(body) => body.size_hint(),
            Kind::Leased(lease) => lease.hint,
        }
    }
}

impl<B> Lease<B>
where
    B: Body + Unpin,
    B::Error: Into<Box<dyn Error + Send + Sync>>,
{
    fn poll_frame(&mut self, context: &mut Context<'_>) -> Poll<Option<Result<Frame<Bytes>, ReplayError>>> {
        if self.ended {
            return Poll::Ready(None);
        }
        let polled = self.shared.lock().poll_frame(self.number, context);
        if let Poll::Ready(frame) = &polled {
            match frame {
                Some(Ok(frame)) if !frame.is_trailers() => {
                    self.subtract(frame.data_ref().map_or(0, Bytes::len));
                }
                _ => self.ended = true,
            }
        }
        polled
    }

    fn subtract(&mut self, yielded: usize) {
        let yielded = u64::try_from(yielded).unwrap_or(u64::MAX);
        let mut rest = SizeHint::new();
        rest.set_lower(self.hint.lower().saturating_sub(yielded));
        if let Some(upper) = self.hint.upper() {
            rest.set_upper(upper.saturating_sub(yielded));
        }
        self.hint = rest;
    }
}

impl<B> fmt::Debug for ReplayBody<B> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self.kind {
            Kind::Empty => "ReplayBody::Empty",
            Kind::Original(_) => "ReplayBody::Original",
            Kind::Leased(_) => "ReplayBody::Leased",
        })
    }
}
