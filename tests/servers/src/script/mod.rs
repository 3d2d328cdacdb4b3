//! A scripted upstream: each request that reaches it is treated as the script says, and noted down.

pub mod h2;
pub mod request;

use std::collections::VecDeque;
use std::net::SocketAddr;
use std::sync::{Arc, Mutex};

use tokio::io::{AsyncReadExt, AsyncWriteExt, BufReader};
use tokio::net::TcpStream;
use tokio::sync::Notify;

pub use self::request::Received;
use crate::upstream;

/// What the upstream does with a request.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Act {
    /// Reads the request and answers with the status; the connection stays.
    Answer(u16),
    /// As `Answer`, after an interim response.
    Interim(u16, u16),
    /// Answers with the status as soon as the head has come, then reads the rest of the connection.
    Early(u16),
    /// As `Answer`, with a body that comes when the script is told to go on.
    Slow(u16),
    /// As `Answer`, with a body that never ends.
    Endless(u16),
    /// As `Answer`, with a body of which nothing comes after its first bytes.
    Unfinished(u16),
    /// Reads so many bytes of the body and answers with the status, reading no more; the connection stays open.
    Part(usize, u16),
    /// Reads the request and closes the connection without a byte.
    Close,
    /// Reads so many bytes of the body and closes the connection without a byte.
    ClosePart(usize),
    /// Reads the head, and resets the connection.
    Reset,
    /// Reads the request and never answers.
    Stall,
    /// Reads the request and answers with something else than HTTP.
    Junk,
    /// Reads the request, answers with a part of a head and closes the connection.
    PartialHead,
    /// Reads the request, answers 200 and closes the connection in the middle of the body.
    CutBody,
}

/// What an upstream does with the requests that reach it, one after the other; all later ones get a 200.
#[derive(Debug, Default)]
pub struct Script {
    acts: Mutex<VecDeque<Act>>,
    received: Mutex<Vec<Received>>,
    connections: Mutex<usize>,
    open: Mutex<usize>,
    /// Further headers of all answers, each with its end of line.
    headers: Mutex<String>,
    go_on: Notify,
}

impl Script {
    pub fn new(acts: impl IntoIterator<Item = Act>) -> Arc<Self> {
        Arc::new(Self { acts: Mutex::new(acts.into_iter().collect()), ..Self::default() })
    }

    pub fn with_headers(self: Arc<Self>, headers: &str) -> Arc<Self> {
        headers.clone_into(&mut self.headers.lock().unwrap());
        self
    }

    /// The requests that have come, those that were cut short included.
    pub fn received(&self) -> Vec<Received> {
        self.received.lock().unwrap().clone()
    }

    pub fn connections(&self) -> usize {
        *self.connections.lock().unwrap()
    }

    /// Lets a body come that waits for it.
    pub fn go_on(&self) {
        self.go_on.notify_one();
    }

    /// Connections that are open now.
    pub fn open(&self) -> usize {
        *self.open.lock().unwrap()
    }

    fn next(&self) -> Act {
        self.acts.lock().unwrap().pop_front().unwrap_or(Act::Answer(200))
    }

    fn note(&self, received: Received) {
        self.received.lock().unwrap().push(received);
    }

    /// Serves HTTP/1.1 on a port of the loopback.
    pub async fn start(self: &Arc<Self>) -> SocketAddr {
        let script = Arc::clone(self);
        upstream(move |number, stream| {
            let script = Arc::clone(&script);
            async move {
                *script.connections.lock().unwrap() = number;
                *script.open.lock().unwrap() += 1;
                serve(Arc::clone(&script), stream, number).await;
                *script.open.lock().unwrap() -= 1;
            }
        })
        .await
    }
}

/// Serves one connection until an act ends it.
async fn serve(script: Arc<Script>, stream: TcpStream, connection: usize) {
    let mut stream = BufReader::new(stream);
    while let Some(mut request) = request::read_head(&mut stream, connection).await {
        let act = script.next();
        let limit = match act {
            Act::Early(_) | Act::Reset => 0,
            Act::Part(bytes, _) | Act::ClosePart(bytes) => bytes,
            _ => usize::MAX,
        };
        request.read_body(&mut stream, limit).await;
        script.note(request.received());
        if !respond(&script, &mut stream, act).await {
            return;
        }
        if !request.is_complete() {
            // Whoever sent it may go on: what comes is the rest of that request, or the end of the connection.
            request.read_body(&mut stream, usize::MAX).await;
            script.note(request.late());
            if !request.is_complete() {
                return;
            }
        }
    }
}

/// A head and the first bytes of a body whose end is not in sight.
fn unending(status: u16) -> String {
    format!("HTTP/1.1 {status} Scripted\r\ntransfer-encoding: chunked\r\n\r\n4\r\nmore\r\n")
}

/// Does what there is to do after a request; whether the connection stays.
async fn respond(script: &Script, stream: &mut BufReader<TcpStream>, act: Act) -> bool {
    let headers = script.headers.lock().unwrap().clone();
    let answer = |status: u16| {
        format!("HTTP/1.1 {status} Scripted\r\n{headers}content-length: 2\r\n\r\nok").into_bytes()
    };
    let (text, stays) = match act {
        Act::Answer(status) | Act::Early(status) | Act::Part(_, status) => (answer(status), true),
        Act::Interim(interim, status) => {
            let mut text = format!("HTTP/1.1 {interim} Interim\r\nlink: </style.css>\r\n\r\n").into_bytes();
            text.extend(answer(status));
            (text, true)
        }
        Act::Slow(status) => {
            let (head, body) = (answer(status), b"ok".to_vec());
            let _ = stream.write_all(&head[..head.len() - body.len()]).await;
            script.go_on.notified().await;
            (body, true)
        }
        Act::Endless(status) => {
            let _ = stream.write_all(unending(status).as_bytes()).await;
            while stream.write_all(b"4\r\nmore\r\n").await.is_ok() {}
            (Vec::new(), false)
        }
        Act::Unfinished(status) => {
            let _ = stream.write_all(unending(status).as_bytes()).await;
            let _ = stream.read_u8().await;
            (Vec::new(), false)
        }
        Act::Close | Act::ClosePart(_) => (Vec::new(), false),
        Act::Reset => {
            let _ = stream.get_ref().set_zero_linger();
            (Vec::new(), false)
        }
        Act::Stall => {
            std::future::pending::<()>().await;
            (Vec::new(), false)
        }
        Act::Junk => (b"220 smtp.example ESMTP\r\n\r\n".to_vec(), false),
        Act::PartialHead => (b"HTTP/1.1 200 OK\r\ncontent-le".to_vec(), false),
        Act::CutBody => (b"HTTP/1.1 200 OK\r\ncontent-length: 10\r\n\r\nhalf".to_vec(), false),
    };
    stream.write_all(&text).await.is_ok() && stays
}
