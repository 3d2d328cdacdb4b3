//! A client that asks as fast as it gets answers, over a fixed number of connections.

use std::net::SocketAddr;
use std::time::Duration;

use bytes::Bytes;
use http::{Method, Request};
use http_body_util::{BodyExt, Full};
use hyper::client::conn::http1::{SendRequest, handshake};
use hyper_util::rt::TokioIo;
use tokio::net::TcpStream;

use crate::Failure;
use crate::time::{End, pause};

/// Connections at once.
pub(crate) const CONNECTIONS: usize = 64;

/// The result of a load.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct Answers {
    pub(crate) good: u64,
    /// Other than 200, or none at all.
    pub(crate) bad: u64,
}

/// Opens a new connection.
pub(crate) async fn connect(address: SocketAddr) -> Result<SendRequest<Full<Bytes>>, Failure> {
    let stream = TcpStream::connect(address).await?;
    stream.set_nodelay(true)?;
    let (sender, connection) = handshake(TokioIo::new(stream)).await?;
    tokio::spawn(connection);
    Ok(sender)
}

/// Sends one request and reads the whole response: its status and its body.
pub(crate) async fn send(
    sender: &mut SendRequest<Full<Bytes>>,
    method: Method,
    path: &str,
    body: Bytes,
) -> Result<(u16, Bytes), Failure> {
    sender.ready().await?;
    let request =
        Request::builder().method(method).uri(path).header("host", "bench.example").body(Full::from(body))?;
    let response = sender.send_request(request).await?;
    let status = response.status().as_u16();
    Ok((status, response.into_body().collect().await?.to_bytes()))
}

/// Asks for the duration `time` over 64 connections.
pub(crate) async fn load(
    address: SocketAddr,
    method: &Method,
    path: &'static str,
    body: &Bytes,
    time: Duration,
) -> Answers {
    let end = End::after(time);
    let asking =
        (0..CONNECTIONS).map(|_| tokio::spawn(ask(address, method.clone(), path, body.clone(), end)));
    let mut all = Answers::default();
    for answers in futures::future::join_all(asking).await.into_iter().flatten() {
        all.good += answers.good;
        all.bad += answers.bad;
    }
    all
}

async fn ask(address: SocketAddr, method: Method, path: &'static str, body: Bytes, end: End) -> Answers {
    let mut answers = Answers::default();
    let mut sender = None;
    while !end.has_come() {
        if sender.is_none() {
            sender = connect(address).await.ok();
        }
        let Some(open) = &mut sender else {
            answers.bad += 1;
            pause(10).await;
            continue;
        };
        match send(open, method.clone(), path, body.clone()).await {
            Ok((200, _)) => answers.good += 1,
            Ok(_) => answers.bad += 1,
            Err(_) => {
                answers.bad += 1;
                sender = None;
            }
        }
    }
    answers
}
