//! [`Reader`]: messages of HTTP/1.1, read by hand so that a part of one is told from the whole.

use std::io;

use bytes::{Buf, BytesMut};
use tokio::io::{AsyncRead, AsyncReadExt};

/// The largest head that is read.
const HEAD: usize = 512 * 1024;

/// The head of a message.
#[derive(Debug)]
pub(crate) struct Head {
    /// Its first line.
    pub(crate) first: String,
    fields: Vec<(String, String)>,
}

impl Head {
    /// The value of a field.
    pub(crate) fn field(&self, name: &str) -> Option<&str> {
        let field = self.fields.iter().find(|(known, _)| known.eq_ignore_ascii_case(name));
        field.map(|(_, value)| value.as_str())
    }

    /// The value of a field that is a number.
    pub(crate) fn number(&self, name: &str) -> Option<u64> {
        self.field(name)?.parse().ok()
    }

    /// Returns true if the connection ends with this message.
    pub(crate) fn closes(&self) -> bool {
        self.field("connection").is_some_and(|value| value.to_ascii_lowercase().contains("close"))
    }

    /// The status in the first line.
    pub(crate) fn status(&self) -> Option<u16> {
        self.first.strip_prefix("HTTP/1.1 ")?.get(..3)?.parse().ok()
    }

    fn parse(text: &[u8]) -> Self {
        let text = String::from_utf8_lossy(text);
        let mut lines = text.split("\r\n");
        let first = lines.next().unwrap_or_default().to_owned();
        let fields = lines.filter_map(|line| line.split_once(':'));
        let fields = fields.map(|(name, value)| (name.to_owned(), value.trim().to_owned())).collect();
        Self { first, fields }
    }
}

/// Reads messages of HTTP/1.1.
#[derive(Debug)]
pub(crate) struct Reader<R> {
    source: R,
    buffer: BytesMut,
}

/// The unread bytes of a reader, for the next message.
#[derive(Debug, Default)]
pub(crate) struct Rest(BytesMut);

impl<R: AsyncRead + Unpin> Reader<R> {
    pub(crate) fn new(source: R, rest: Rest) -> Self {
        Self { source, buffer: rest.0 }
    }

    pub(crate) fn into_rest(self) -> Rest {
        Rest(self.buffer)
    }

    /// Returns true if a byte has come that was not read yet.
    pub(crate) fn has_begun(&self) -> bool {
        !self.buffer.is_empty()
    }

    async fn more(&mut self) -> io::Result<()> {
        match self.source.read_buf(&mut self.buffer).await? {
            0 => Err(io::ErrorKind::UnexpectedEof.into()),
            _ => Ok(()),
        }
    }

    /// Reads until the connection ends, and says how.
    pub(crate) async fn end(&mut self) -> io::Error {
        loop {
            self.buffer.clear();
            if let Err(error) = self.more().await {
                return error;
            }
        }
    }

    /// The next head.
    pub(crate) async fn head(&mut self) -> io::Result<Head> {
        let mut searched = 0_usize;
        loop {
            let from = searched.saturating_sub(3);
            if let Some(at) = self.buffer[from..].windows(4).position(|end| end == b"\r\n\r\n") {
                let head = Head::parse(&self.buffer[..from + at]);
                self.buffer.advance(from + at + 4);
                return Ok(head);
            }
            searched = self.buffer.len();
            if searched > HEAD {
                return Err(invalid("the head is too large"));
            }
            self.more().await?;
        }
    }

    /// Reads the whole body that a head announces.
    ///
    /// Without an announcement, the body is empty.
    ///
    /// # Errors
    ///
    /// Returns an error if a response needs to announce its body and does not.
    pub(crate) async fn body(&mut self, head: &Head, is_response: bool) -> io::Result<Vec<u8>> {
        if head.field("transfer-encoding").is_some_and(|coding| coding.eq_ignore_ascii_case("chunked")) {
            return self.chunks().await;
        }
        match head.number("content-length") {
            Some(length) => self.exactly(usize::try_from(length).map_err(invalid)?).await,
            None if is_response && !matches!(head.status(), Some(204 | 304)) => {
                Err(invalid("a response of HTTP/1.1 without a length"))
            }
            None => Ok(Vec::new()),
        }
    }

    async fn exactly(&mut self, length: usize) -> io::Result<Vec<u8>> {
        while self.buffer.len() < length {
            self.more().await?;
        }
        Ok(self.buffer.split_to(length).to_vec())
    }

    async fn line(&mut self) -> io::Result<String> {
        loop {
            if let Some(at) = self.buffer.windows(2).position(|end| end == b"\r\n") {
                let line = String::from_utf8_lossy(&self.buffer[..at]).into_owned();
                self.buffer.advance(at + 2);
                return Ok(line);
            }
            self.more().await?;
        }
    }

    async fn chunks(&mut self) -> io::Result<Vec<u8>> {
        let mut all = Vec::new();
        loop {
            let line = self.line().await?;
            let size = line.split(';').next().unwrap_or_default().trim();
            let size = usize::from_str_radix(size, 16).map_err(invalid)?;
            if size == 0 {
                while !self.line().await?.is_empty() {} // trailers
                return Ok(all);
            }
            all.extend_from_slice(&self.exactly(size).await?);
            if self.exactly(2).await? != b"\r\n" {
                return Err(invalid("a chunk does not end"));
            }
        }
    }
}

fn invalid(why: impl Into<Box<dyn std::error::Error + Send + Sync>>) -> io::Error {
    io::Error::new(io::ErrorKind::InvalidData, why)
}
