//! [`Answer`]: a response of HTTP/2, whole or in part.

use bytes::Bytes;
use h2::SendStream;
use h2::server::SendResponse;
use http::Response;

use crate::Failure;
use crate::chaos::plan::{Way, body};
use crate::time::pause;

pub(super) type Respond = SendResponse<Bytes>;

/// A response of HTTP/2.
pub(super) struct Answer {
    head: Response<()>,
    body: Bytes,
}

impl Answer {
    /// A good one to the request with this number.
    pub(super) fn new(id: u64, size: usize) -> Self {
        let answer = Self { head: Response::new(()), body: body(id, Way::Response, size).into() };
        answer.with("x-id", &id.to_string()).with("x-length", &size.to_string())
    }

    pub(super) fn status(mut self, status: u16) -> Self {
        *self.head.status_mut() = http::StatusCode::from_u16(status).unwrap_or_default();
        self
    }

    pub(super) fn with(mut self, name: &'static str, value: &str) -> Self {
        self.head
            .headers_mut()
            .extend(value.parse().ok().map(|value| (http::HeaderName::from_static(name), value)));
        self
    }

    /// A `content-length`, true or not.
    pub(super) fn promising(self, length: usize) -> Self {
        let length = length.to_string();
        self.with("x-length", &length).with("content-length", &length)
    }

    /// Sends the whole of it.
    pub(super) fn send(self, respond: &mut Respond) -> Result<SendStream<Bytes>, Failure> {
        let mut stream = respond.send_response(self.head, false)?;
        stream.send_data(self.body, true)?;
        Ok(stream)
    }

    /// Sends the head and half of the body.
    pub(super) fn half(self, respond: &mut Respond, has_length: bool) -> Result<SendStream<Bytes>, Failure> {
        let length = self.body.len();
        let answer = if has_length { self.promising(length) } else { self };
        let mut stream = respond.send_response(answer.head, false)?;
        stream.send_data(answer.body.slice(..length / 2), false)?;
        Ok(stream)
    }

    /// Sends it in small pieces.
    pub(super) async fn drip(self, respond: &mut Respond) -> Result<(), Failure> {
        let mut stream = respond.send_response(self.head, false)?;
        for piece in self.body.chunks(self.body.len().div_ceil(8)) {
            stream.send_data(Bytes::copy_from_slice(piece), false)?;
            pause(3).await;
        }
        stream.send_data(Bytes::new(), true)?;
        Ok(())
    }
}
