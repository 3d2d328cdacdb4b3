//! [`Connection`]: a client of HTTP/1.1 that reads while it writes, as an early response demands.

use std::io;
use std::net::SocketAddr;

use tokio::io::{AsyncWrite, AsyncWriteExt};
use tokio::net::TcpStream;

use super::{Came, Ended};
use crate::chaos::message::{Head, Reader, Rest};
use crate::chaos::plan::Planned;

/// A connection that is kept for the next request, if there is one.
#[derive(Debug, Default)]
pub(crate) struct Connection {
    open: Option<(TcpStream, Rest)>,
    /// The request before, for those who look for what went wrong.
    before: u64,
}

impl Connection {
    /// Sends a request and reads its response; connects first if need be.
    pub(crate) async fn send(&mut self, gateway: SocketAddr, request: &Planned, body: &[u8]) -> Ended {
        let (reused, before) = (self.open.is_some(), std::mem::replace(&mut self.before, request.id));
        let (mut stream, rest) = match self.open.take() {
            Some(open) => open,
            None => match TcpStream::connect(gateway).await {
                Ok(stream) => (stream, Rest::default()),
                Err(_) => return Ended::Unreachable,
            },
        };
        let _ = stream.set_nodelay(true);
        let (read, mut write) = stream.split();
        let mut reader = Reader::new(read, rest);
        let (written, read) = if request.stubborn {
            (put(&mut write, request, body).await.is_ok(), response(&mut reader).await)
        } else {
            let mut read = std::pin::pin!(response(&mut reader));
            let mut write = std::pin::pin!(put(&mut write, request, body));
            tokio::select! {
                read = &mut read => (false, read), // an early one: the rest of the upload is not wanted
                written = &mut write => (written.is_ok(), read.await),
            }
        };
        match read {
            Ok((head, came)) => {
                if written && !head.closes() {
                    let rest = reader.into_rest();
                    self.open = Some((stream, rest));
                }
                Ended::Whole(came)
            }
            Err(Failed::BeforeHead(error)) if !reader.has_begun() => {
                let whose = if reused {
                    format!("the connection of request {before}")
                } else {
                    "a new connection".to_owned()
                };
                Ended::Unanswered(format!("{error}, on {whose}"))
            }
            Err(_) => Ended::Cut,
        }
    }
}

/// Writes a request.
async fn put(write: &mut (impl AsyncWrite + Unpin), request: &Planned, body: &[u8]) -> io::Result<()> {
    let Planned { id, method, chunked, .. } = request;
    let framing = match (body.len(), chunked) {
        (0, _) if method == http::Method::GET => String::new(),
        (_, true) => "transfer-encoding: chunked\r\n".to_owned(),
        (length, false) => format!("content-length: {length}\r\n"),
    };
    let path = request.path();
    let head = format!("{method} {path} HTTP/1.1\r\nhost: chaos.example\r\nx-id: {id}\r\n{framing}\r\n");
    if framing.is_empty() || !chunked {
        return write.write_all(&[head.as_bytes(), body].concat()).await;
    }
    write.write_all(head.as_bytes()).await?;
    for chunk in body.chunks(20_000) {
        let size = format!("{:x}\r\n", chunk.len());
        write.write_all(&[size.as_bytes(), chunk, b"\r\n"].concat()).await?;
    }
    write.write_all(b"0\r\n\r\n").await
}

/// Why there is no whole response.
enum Failed {
    BeforeHead(io::Error),
    InBody,
}

/// Reads a response.
async fn response<R: tokio::io::AsyncRead + Unpin>(reader: &mut Reader<R>) -> Result<(Head, Came), Failed> {
    let head = loop {
        let head = reader.head().await.map_err(Failed::BeforeHead)?;
        if !matches!(head.status(), Some(100..=199)) {
            break head;
        }
    };
    let status = head.status().unwrap_or_default();
    let body = reader.body(&head, true).await.map_err(|_| Failed::InBody)?;
    let length = head.number("x-length").and_then(|length| usize::try_from(length).ok());
    let came = Came { status, id: head.number("x-id"), length, body };
    Ok((head, came))
}
