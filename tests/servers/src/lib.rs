//! Servers on the loopback that do as a test tells them, and what else tests with real sockets need.

#![allow(
    clippy::arithmetic_side_effects,
    clippy::missing_panics_doc,
    clippy::must_use_candidate,
    clippy::unwrap_used,
    reason = "a panic in a helper fails its test, with the line"
)]

pub mod script;

use std::future::Future;
use std::net::SocketAddr;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use bytes::Bytes;
use http::{Method, Request, Response};
use http_body_util::{BodyExt, Full};
use hyper::body::Incoming;
use hyper::service::service_fn;
use hyper_util::client::legacy::Client;
use hyper_util::client::legacy::connect::HttpConnector;
use hyper_util::rt::{TokioExecutor, TokioIo};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpSocket, TcpStream};
use tokio::sync::mpsc;

pub const fn ms(millis: u64) -> Duration {
    Duration::from_millis(millis)
}

/// A client with a connection of its own.
pub fn client() -> Client<HttpConnector, Full<Bytes>> {
    Client::builder(TokioExecutor::new()).build_http()
}

/// One request as an upstream got it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Received {
    pub method: Method,
    pub uri: String,
    pub body: Bytes,
}

/// What an upstream does with one request.
pub enum Reply {
    Status(u16, &'static str),
    /// Closes the connection instead.
    Cut,
}

/// An upstream that takes note of every request and replies as it is told, by the number of the request.
#[derive(Default)]
pub struct Recorder(Mutex<Vec<Received>>);

impl Recorder {
    pub fn received(&self) -> Vec<Received> {
        self.0.lock().unwrap().clone()
    }

    pub async fn start(self: &Arc<Self>, reply: fn(usize) -> Reply) -> SocketAddr {
        let listener = TcpListener::bind("127.0.0.1:0").await.expect("the loopback has free ports");
        let address = listener.local_addr().expect("it is bound");
        let recorder = Arc::clone(self);
        tokio::spawn(async move {
            while let Ok((stream, _)) = listener.accept().await {
                let recorder = Arc::clone(&recorder);
                let service = service_fn(move |request| {
                    let recorder = Arc::clone(&recorder);
                    async move { recorder.answer(request, reply).await }
                });
                let connection = hyper::server::conn::http1::Builder::new();
                tokio::spawn(connection.serve_connection(TokioIo::new(stream), service));
            }
        });
        address
    }

    async fn answer(
        &self,
        request: Request<Incoming>,
        reply: fn(usize) -> Reply,
    ) -> Result<Response<Full<Bytes>>, std::io::Error> {
        let (head, body) = request.into_parts();
        let body = body.collect().await.map_err(std::io::Error::other)?.to_bytes();
        let number = {
            let mut received = self.0.lock().unwrap();
            received.push(Received { method: head.method, uri: head.uri.to_string(), body });
            received.len()
        };
        match reply(number) {
            Reply::Status(status, text) => {
                Ok(Response::builder().status(status).body(Full::from(text)).expect("a valid response"))
            }
            Reply::Cut => Err(std::io::Error::other("cut on purpose")),
        }
    }
}

/// An upstream that reads one byte of each connection and closes it; it counts the connections.
pub async fn resetting() -> (SocketAddr, Arc<Mutex<usize>>) {
    let listener = TcpListener::bind("127.0.0.1:0").await.expect("the loopback has free ports");
    let address = listener.local_addr().expect("it is bound");
    let count = Arc::new(Mutex::new(0));
    let counter = Arc::clone(&count);
    tokio::spawn(async move {
        while let Ok((mut stream, _)) = listener.accept().await {
            *counter.lock().unwrap() += 1;
            // What is left unread makes the system send a reset.
            let _ = stream.read_u8().await;
        }
    });
    (address, count)
}

/// Waits for this time. The gateway is another process, so its time cannot be virtual.
#[expect(clippy::disallowed_methods, reason = "real sockets take real time")]
pub async fn pause(time: Duration) {
    tokio::time::sleep(time).await;
}

/// The output of a future, or `None` when it takes longer than `limit`.
#[expect(clippy::disallowed_methods, reason = "real sockets take real time")]
pub async fn within<F: Future>(limit: Duration, future: F) -> Option<F::Output> {
    tokio::time::timeout(limit, future).await.ok()
}

/// A port that refuses connections for as long as the socket is held.
pub fn closed() -> (TcpSocket, SocketAddr) {
    let socket = TcpSocket::new_v4().expect("there are sockets");
    socket.bind("127.0.0.1:0".parse().unwrap()).expect("the loopback has free ports");
    let address = socket.local_addr().expect("it is bound");
    (socket, address)
}

/// An upstream that treats its n-th connection, counted from 1, as `treat` says.
pub async fn upstream<F, Fut>(treat: F) -> SocketAddr
where
    F: Fn(usize, TcpStream) -> Fut + Send + 'static,
    Fut: Future<Output = ()> + Send + 'static,
{
    let listener = TcpListener::bind("127.0.0.1:0").await.expect("the loopback has free ports");
    let address = listener.local_addr().expect("it is bound");
    tokio::spawn(async move {
        for number in 1.. {
            let Ok((stream, _)) = listener.accept().await else { return };
            tokio::spawn(treat(number, stream));
        }
    });
    address
}

/// Reads the head of a request, as far as it comes.
pub async fn read_head(stream: &mut TcpStream) -> String {
    read_until(stream, "\r\n\r\n").await
}

/// Reads until the text ends so, or the connection ends.
pub async fn read_until(stream: &mut TcpStream, end: &str) -> String {
    let mut read = Vec::new();
    while !read.ends_with(end.as_bytes()) {
        match stream.read_u8().await {
            Ok(byte) => read.push(byte),
            Err(_) => break,
        }
    }
    String::from_utf8_lossy(&read).into_owned()
}

/// An upstream that tells the head of the first request of each connection, and never answers.
pub async fn silent() -> (SocketAddr, mpsc::UnboundedReceiver<String>) {
    let (told, heads) = mpsc::unbounded_channel();
    let address = upstream(move |_, mut stream| {
        let told = told.clone();
        async move {
            let _ = told.send(read_head(&mut stream).await);
            std::future::pending::<()>().await;
        }
    })
    .await;
    (address, heads)
}

/// An upstream that tells the head of each request, with its chunked body, and replies with the text that `reply` gives for the
/// number of the request, counted from 1.
pub async fn telling(
    reply: impl Fn(usize) -> String + Send + Sync + 'static,
) -> (SocketAddr, mpsc::UnboundedReceiver<String>) {
    let (told, heads) = mpsc::unbounded_channel();
    let (reply, count) = (Arc::new(reply), Arc::new(Mutex::new(0)));
    let address = upstream(move |_, mut stream| {
        let (told, reply, count) = (told.clone(), Arc::clone(&reply), Arc::clone(&count));
        async move {
            loop {
                let mut request = read_head(&mut stream).await;
                if request.is_empty() {
                    return;
                }
                if request.to_lowercase().contains("transfer-encoding: chunked") {
                    request += &read_until(&mut stream, "\r\n\r\n").await;
                }
                let _ = told.send(request);
                let number = {
                    let mut count = count.lock().unwrap();
                    *count += 1;
                    *count
                };
                let _ = stream.write_all(reply(number).as_bytes()).await;
            }
        }
    })
    .await;
    (address, heads)
}
