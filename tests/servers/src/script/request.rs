//! Reads requests of HTTP/1.1, as far as they come.

use std::hash::{DefaultHasher, Hash, Hasher};

use tokio::io::{AsyncBufReadExt, AsyncReadExt, BufReader};
use tokio::net::TcpStream;

/// What has come of a request.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Received {
    /// The number of its connection, counted from 1.
    pub connection: usize,
    pub method: String,
    pub uri: String,
    /// Its headers as they came, names in lower case.
    pub headers: Vec<(String, String)>,
    pub length: usize,
    pub hash: u64,
    /// Whether the whole of it came.
    pub is_complete: bool,
    /// Whether this is the rest of a request that was answered before.
    pub is_late: bool,
}

impl Received {
    pub fn header(&self, name: &str) -> Option<&str> {
        self.headers.iter().find(|(known, _)| known == name).map(|(_, value)| value.as_str())
    }
}

/// The hash by which bodies are compared.
pub fn hash(body: &[u8]) -> u64 {
    let mut hasher = DefaultHasher::new();
    body.hash(&mut hasher);
    hasher.finish()
}

/// How much of a body is still to come.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Rest {
    Bytes(usize),
    Chunks,
}

/// A request that is read.
#[derive(Debug)]
pub struct Reading {
    received: Received,
    body: Vec<u8>,
    rest: Rest,
}

/// Reads the head of the next request; `None` when there is none.
pub async fn read_head(stream: &mut BufReader<TcpStream>, connection: usize) -> Option<Reading> {
    let first = line(stream).await.filter(|line| !line.is_empty())?;
    let mut words = first.split(' ').map(str::to_owned);
    let (method, uri) = (words.next()?, words.next()?);
    let mut headers = Vec::new();
    loop {
        let line = line(stream).await?;
        let Some((name, value)) = line.split_once(':') else { break };
        headers.push((name.to_ascii_lowercase(), value.trim().to_owned()));
    }
    let header =
        |name: &str| headers.iter().find(|(known, _)| known == name).map(|(_, value)| value.as_str());
    let rest = match (header("transfer-encoding"), header("content-length")) {
        (Some("chunked"), _) => Rest::Chunks,
        (_, length) => Rest::Bytes(length.map_or(0, |length| length.parse().expect("a number"))),
    };
    let (hash, is_complete, is_late) = (0, false, false);
    let received = Received { connection, method, uri, headers, length: 0, hash, is_complete, is_late };
    Some(Reading { received, body: Vec::new(), rest })
}

/// A line without its end; `None` when the connection ends first.
async fn line(stream: &mut BufReader<TcpStream>) -> Option<String> {
    let mut line = Vec::new();
    stream.read_until(b'\n', &mut line).await.ok()?;
    line.ends_with(b"\r\n").then(|| String::from_utf8_lossy(&line[..line.len() - 2]).into_owned())
}

impl Reading {
    pub fn is_complete(&self) -> bool {
        self.rest == Rest::Bytes(0)
    }

    /// What has come until now.
    pub fn received(&self) -> Received {
        let (length, hash, is_complete) = (self.body.len(), hash(&self.body), self.is_complete());
        Received { length, hash, is_complete, ..self.received.clone() }
    }

    /// As [`received`](Self::received), for what came after the answer.
    pub fn late(&self) -> Received {
        Received { is_late: true, ..self.received() }
    }

    /// Reads the body until `limit` bytes of it have come, or the connection ends.
    pub async fn read_body(&mut self, stream: &mut BufReader<TcpStream>, limit: usize) {
        while !self.is_complete() && self.body.len() < limit {
            if self.read_more(stream, limit).await.is_none() {
                return;
            }
        }
    }

    async fn read_more(&mut self, stream: &mut BufReader<TcpStream>, limit: usize) -> Option<()> {
        match self.rest {
            Rest::Bytes(left) => {
                let mut bytes = vec![0; left.min(limit - self.body.len()).min(65_536)];
                let read = stream.read(&mut bytes).await.ok().filter(|&read| read > 0)?;
                self.body.extend_from_slice(&bytes[..read]);
                self.rest = Rest::Bytes(left - read);
            }
            Rest::Chunks => {
                let size = usize::from_str_radix(&line(stream).await?, 16).ok()?;
                let mut chunk = vec![0; size];
                stream.read_exact(&mut chunk).await.ok()?;
                line(stream).await?;
                self.body.extend_from_slice(&chunk);
                if size == 0 {
                    self.rest = Rest::Bytes(0);
                }
            }
        }
        Some(())
    }
}
