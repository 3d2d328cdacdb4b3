//! A body that does what it is told, and how bodies are read.

use std::collections::VecDeque;
use std::pin::Pin;
use std::task::{Context, Poll, Waker};

use bytes::Bytes;
use http::{HeaderMap, HeaderValue};
use http_body::{Body, Frame, SizeHint};
use persevere_http::{ReplayBody, ReplayError};

/// What a scripted body does next.
#[derive(Clone, Debug)]
pub(crate) enum Move {
    Data(Bytes),
    Trailers,
    Wait,
    Fail,
}

/// A body that does what it is told, and may say its size.
pub(crate) struct Script {
    pub(crate) moves: VecDeque<Move>,
    pub(crate) hint: SizeHint,
}

impl Script {
    pub(crate) fn new(moves: impl IntoIterator<Item = Move>) -> Self {
        Self { moves: moves.into_iter().collect(), hint: SizeHint::new() }
    }

    pub(crate) fn exact(chunks: &[&'static str]) -> Self {
        let size = chunks.iter().map(|chunk| chunk.len() as u64).sum();
        let moves = chunks.iter().map(|chunk| Move::Data(Bytes::from_static(chunk.as_bytes())));
        Self { hint: SizeHint::with_exact(size), ..Self::new(moves) }
    }
}

impl Body for Script {
    type Data = Bytes;
    type Error = std::io::Error;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, std::io::Error>>> {
        match self.moves.pop_front() {
            None => Poll::Ready(None),
            Some(Move::Data(data)) => Poll::Ready(Some(Ok(Frame::data(data)))),
            Some(Move::Trailers) => Poll::Ready(Some(Ok(Frame::trailers(trailers())))),
            Some(Move::Fail) => Poll::Ready(Some(Err(std::io::Error::other("lost the client")))),
            Some(Move::Wait) => {
                context.waker().wake_by_ref();
                Poll::Pending
            }
        }
    }

    fn size_hint(&self) -> SizeHint {
        self.hint
    }
}

pub(crate) fn trailers() -> HeaderMap {
    HeaderMap::from_iter([(http::header::ETAG, HeaderValue::from_static("sum"))])
}

/// The next frame, past any number of waits.
pub(crate) fn frame(body: &mut ReplayBody<Script>) -> Option<Result<Frame<Bytes>, ReplayError>> {
    let mut context = Context::from_waker(Waker::noop());
    loop {
        if let Poll::Ready(frame) = Pin::new(&mut *body).poll_frame(&mut context) {
            return frame;
        }
    }
}

pub(crate) fn data(body: &mut ReplayBody<Script>) -> Option<Bytes> {
    frame(body).map(|frame| frame.expect("no error").into_data().expect("data"))
}

/// Everything that is left of a body, and whether trailers ended it.
pub(crate) fn rest(mut body: ReplayBody<Script>) -> Result<(Vec<u8>, bool), ReplayError> {
    let (mut all, mut with_trailers) = (Vec::new(), false);
    while let Some(frame) = frame(&mut body) {
        match frame?.into_data() {
            Ok(data) => all.extend_from_slice(&data),
            Err(frame) => with_trailers = frame.is_trailers(),
        }
    }
    assert!(body.is_end_stream(), "a body that has ended says so");
    Ok((all, with_trailers))
}
