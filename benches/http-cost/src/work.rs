//! [`Work`]: what is measured; and the service that everybody is around.

use std::convert::Infallible;
use std::fmt;
use std::future::{Ready, ready};
use std::hint::black_box;
use std::pin::{Pin, pin};
use std::task::{Context, Poll, Waker};
use std::time::Duration;

use bytes::Bytes;
use http::{Method, Request, Response};
use http_body::{Body, Frame, SizeHint};
use http_body_util::{BodyExt, Empty};
use persevere::{Stamp, Timer};

/// One kind of request.
#[derive(Clone, Copy, Debug, PartialEq, Eq, clap::ValueEnum)]
pub(crate) enum Work {
    Get,
    Put,
    Again,
    Upload,
}

impl Work {
    pub(crate) const ALL: [Self; 4] = [Self::Get, Self::Put, Self::Again, Self::Upload];

    pub(crate) const fn what(self) -> &'static str {
        match self {
            Self::Get => "no body, four headers, a success at once",
            Self::Put => "a body of 1 KiB, four headers, a success at once",
            Self::Again => "the same, answered by a 503 first, without a wait",
            Self::Upload => "a body of 1 MiB in chunks of 16 KiB, a success at once",
        }
    }

    /// Requests for one look at the clock.
    pub(crate) const fn requests(self) -> u64 {
        match self {
            Self::Get | Self::Put | Self::Again => 10_000,
            Self::Upload => 500,
        }
    }

    /// Requests that are counted; and as many again.
    pub(crate) const fn counted(self) -> u64 {
        self.requests() / 10
    }

    /// A request of this kind; `method` is one that may be retried, or not.
    pub(crate) fn request(self, method: &Method) -> Request<Chunks> {
        let (chunks, length) = match self {
            Self::Get => (0, 0),
            Self::Put | Self::Again => (1, 1024),
            Self::Upload => (64, 16 * 1024),
        };
        let uri = http::Uri::from_static("http://127.0.0.1/orders");
        let mut request = Request::new(Chunks { left: chunks, chunk: Bytes::from_static(&ZEROS[..length]) });
        (*request.method_mut(), *request.uri_mut()) = (method.clone(), uri);
        for name in ["accept", "host", "user-agent", "x-request-id"] {
            request.headers_mut().insert(name, http::HeaderValue::from_static("something"));
        }
        request
    }
}

impl fmt::Display for Work {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Get => "get",
            Self::Put => "put",
            Self::Again => "again",
            Self::Upload => "upload",
        })
    }
}

static ZEROS: [u8; 16 * 1024] = [0; 16 * 1024];

/// So many chunks, all of them the same.
#[derive(Clone, Debug)]
pub(crate) struct Chunks {
    left: u64,
    chunk: Bytes,
}

impl Body for Chunks {
    type Data = Bytes;
    type Error = Infallible;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        _: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, Infallible>>> {
        let Some(left) = self.left.checked_sub(1) else { return Poll::Ready(None) };
        self.left = left;
        Poll::Ready(Some(Ok(Frame::data(self.chunk.clone()))))
    }

    fn is_end_stream(&self) -> bool {
        self.left == 0
    }

    fn size_hint(&self) -> SizeHint {
        let length = u64::try_from(self.chunk.len()).expect("small");
        SizeHint::with_exact(self.left * length)
    }
}

/// Reads the whole body and answers with this status.
pub(crate) async fn answer<B: Body<Data = Bytes> + Unpin>(
    request: Request<B>,
    status: u16,
) -> Result<Response<Empty<Bytes>>, Infallible> {
    let mut body = request.into_body();
    while let Some(Ok(frame)) = body.frame().await {
        black_box(frame);
    }
    let mut response = Response::new(Empty::new());
    *response.status_mut() = http::StatusCode::from_u16(status).expect("a status");
    Ok(response)
}

/// Runs a future that never waits.
pub(crate) fn run<F: Future<Output = Result<Response<B>, E>>, B, E>(future: F) {
    let mut future = pin!(future);
    let future: Pin<&mut F> = black_box(future.as_mut());
    let ready = future.poll(&mut Context::from_waker(Waker::noop()));
    assert!(matches!(black_box(ready), Poll::Ready(Ok(response)) if response.status() == 200));
}

/// A timer whose clock stands still, and whose sleeps are over at once.
#[derive(Clone, Copy, Debug)]
pub(crate) struct NoTime;

impl Timer for NoTime {
    type Sleep = Ready<()>;

    fn sleep(&self, _: Duration) -> Ready<()> {
        ready(())
    }

    fn now(&self) -> Stamp {
        Stamp::default()
    }
}
