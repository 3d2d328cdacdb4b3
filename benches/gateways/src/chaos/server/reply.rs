//! [`Reply`]: a response of HTTP/1.1 in pieces, so that it can be wrong in each of them.

use std::fmt::Write as _;

use crate::chaos::plan::{Way, body};

/// A response of HTTP/1.1 in pieces.
#[derive(Debug)]
pub(crate) struct Reply {
    pub(crate) status: u16,
    pub(crate) id: u64,
    pub(crate) body: Vec<u8>,
    /// Further fields, each with its end of line.
    pub(crate) fields: String,
}

impl Reply {
    pub(crate) fn new(id: u64, size: usize) -> Self {
        Self { status: 200, id, body: body(id, Way::Response, size), fields: String::new() }
    }

    pub(crate) fn status(self, status: u16) -> Self {
        Self { status, ..self }
    }

    pub(crate) fn with(mut self, field: &str) -> Self {
        let _ = write!(self.fields, "{field}\r\n");
        self
    }

    /// Returns the head with its framing. `x-length` promises a body of `length` bytes.
    fn head(&self, framing: &str, length: usize) -> Vec<u8> {
        let Self { status, id, fields, .. } = self;
        format!("HTTP/1.1 {status} Said\r\nx-id: {id}\r\nx-length: {length}\r\n{fields}{framing}\r\n")
            .into_bytes()
    }

    /// With a `content-length`, which says `more` than there is.
    pub(crate) fn sized(&self, more: usize) -> Vec<u8> {
        let length = self.body.len() + more;
        [self.head(&format!("content-length: {length}\r\n"), length), self.body.clone()].concat()
    }

    /// In chunks, without the last one.
    pub(crate) fn open_chunks(&self, framing: &str, count: usize) -> Vec<u8> {
        let mut whole = self.head(&format!("{framing}transfer-encoding: chunked\r\n"), self.body.len());
        for chunk in self.body.chunks(self.body.len().div_ceil(count).max(1)) {
            whole.extend_from_slice(&chunked(chunk));
        }
        whole
    }

    /// In chunks.
    pub(crate) fn chunks(&self) -> Vec<u8> {
        [self.open_chunks("", 4), b"0\r\n\r\n".to_vec()].concat()
    }

    /// The whole response, framed as chance has it.
    pub(crate) fn whole(&self, chance: u64) -> Vec<u8> {
        if chance.is_multiple_of(3) { self.chunks() } else { self.sized(0) }
    }

    /// With two lengths of which the second is true.
    pub(crate) fn two_lengths(&self) -> Vec<u8> {
        let length = self.body.len();
        let framing = format!("content-length: {}\r\ncontent-length: {length}\r\n", length / 2);
        [self.head(&framing, length), self.body.clone()].concat()
    }
}

/// One chunk.
fn chunked(data: &[u8]) -> Vec<u8> {
    [format!("{:x}\r\n", data.len()).as_bytes(), data, b"\r\n"].concat()
}

/// A whole response that no request has asked for.
pub(crate) const FORGED: &[u8] =
    b"HTTP/1.1 200 OK\r\nx-id: 0\r\nx-length: 6\r\ncontent-length: 6\r\n\r\nforged";
