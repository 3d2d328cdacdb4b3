//! Serves connections on a listener until it is told to stop.
//!
//! A client that closes its connection ends its request, unless it has sent another request behind it on the same
//! connection: then hyper does not look, and the first one runs to its end.

use std::convert::Infallible;
use std::future::Future;
use std::io;
use std::pin::{Pin, pin};
use std::sync::Arc;
use std::time::Duration;

use http::{Request, Response};
use hyper::body::Incoming;
use hyper::server::conn::{http1, http2};
use hyper::service::service_fn;
use hyper_util::rt::{TokioExecutor, TokioIo, TokioTimer};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::{Semaphore, watch as channel};
use tokio_io_timeout::TimeoutStream;

use super::workers::Workers;
use crate::proxy::{Gateway, HEAD_SIZE, Outbound, Peer};
use crate::say::say;
use crate::time::{pause, within};

/// How long the head of a request may take to arrive.
const HEAD_LIMIT: Duration = Duration::from_secs(30);

/// What clients may take.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Limits {
    /// Connections at once.
    pub(crate) connections: usize,
    /// How long a client may take nothing of a response.
    pub(crate) patience: Option<Duration>,
    /// The time that running requests may take once the gateway is told to stop.
    pub(crate) grace: Duration,
}

/// Serves with the gateway that there is when a request comes, on the threads of `workers`, until `stop` completes; then
/// accepts nothing new and lets running requests end, unless `at_once` completes.
pub(crate) async fn serve<G>(
    listener: TcpListener,
    workers: &Workers,
    gateway: G,
    limits: Limits,
    stop: impl Future<Output = ()>,
    at_once: impl Future<Output = ()>,
) where
    G: Fn() -> Arc<Gateway> + Clone + Send + Sync + 'static,
{
    let (close, closing) = channel::channel(false);
    let room = Arc::new(Semaphore::new(limits.connections));
    let mut stop = pin!(stop);
    loop {
        let accept = async {
            let permit = Arc::clone(&room).acquire_owned().await.expect("nobody closes it");
            (listener.accept().await, permit)
        };
        let (accepted, permit) = tokio::select! {
            biased; // what stops is heard from before the first connection is accepted
            () = &mut stop => break,
            accepted = accept => accepted,
        };
        match accepted {
            Ok((stream, address)) => {
                let stream = stream.into_std(); // it leaves this runtime for another
                let peer = Arc::new(Peer::new(address.ip(), permit));
                let (connection, closing) =
                    (Connection { peer, gateway: gateway.clone(), limits }, closing.clone());
                workers.serve(async move {
                    if let Ok(stream) = stream.and_then(TcpStream::from_std) {
                        connection.serve(stream, closing).await;
                    }
                });
            }
            Err(error) => pause_after(&error).await,
        }
    }
    drop(listener);
    close.send_replace(true);
    tokio::select! {
        biased; // an end within the time is not cut short
        () = end(&room, limits) => {}
        () = at_once => say(format_args!("stopping at once: running requests are cut")),
    }
}

/// Waits until all connections have ended, each of which holds a permit, or for as long as running requests may take.
async fn end(room: &Semaphore, limits: Limits) {
    let all = u32::try_from(limits.connections).unwrap_or(u32::MAX);
    if within(limits.grace, room.acquire_many(all)).await.is_none() {
        let left = limits.connections.saturating_sub(room.available_permits());
        say(format_args!("some requests did not end within {:?}: {left} connections are cut", limits.grace));
    }
}

/// What serves one connection.
struct Connection<G> {
    peer: Arc<Peer>,
    gateway: G,
    limits: Limits,
}

impl<G: Fn() -> Arc<Gateway> + Send + Sync + 'static> Connection<G> {
    /// Serves in the version of HTTP that the client begins with, unless it begins with nothing for too long.
    async fn serve(self, stream: TcpStream, mut closing: channel::Receiver<bool>) {
        // Without it, an answer may wait for the acknowledgement of the one before. A socket that is gone says so later.
        let _ = stream.set_nodelay(true);
        let http2 = tokio::select! {
            begun = within(HEAD_LIMIT, begins_http2(&stream)) => begun,
            _ = closing.wait_for(|closing| *closing) => None,
        };
        let mut stream = TimeoutStream::new(stream);
        stream.set_write_timeout(self.limits.patience);
        let stream = TokioIo::new(Box::pin(stream));
        match http2 {
            Some(Ok(false)) => {
                let connection = http1().serve_connection(stream, service_fn(|request| self.answer(request)));
                until_closed(
                    connection.with_upgrades(),
                    closing,
                    http1::UpgradeableConnection::graceful_shutdown,
                )
                .await;
            }
            Some(Ok(true)) => {
                let connection =
                    http2_builder().serve_connection(stream, service_fn(|request| self.answer(request)));
                until_closed(connection, closing, http2::Connection::graceful_shutdown).await;
            }
            Some(Err(_)) | None => {}
        }
    }

    fn answer(
        &self,
        request: Request<Incoming>,
    ) -> impl Future<Output = Result<Response<Outbound>, Infallible>> + Send + use<G> {
        let (gateway, peer) = ((self.gateway)(), Arc::clone(&self.peer));
        async move { Ok(gateway.answer(request, &peer).await) }
    }
}

/// Serves a connection to its end, which comes after the requests that run once all is closing.
async fn until_closed<C: Future>(
    connection: C,
    mut closing: channel::Receiver<bool>,
    shut_down: impl FnOnce(Pin<&mut C>),
) {
    let mut connection = pin!(connection);
    tokio::select! {
        biased; // a connection that has ended is seen first
        _ = &mut connection => return,
        _ = closing.wait_for(|closing| *closing) => {}
    }
    shut_down(connection.as_mut());
    let _ = connection.await; // how it ends is the client's business
}

/// Whether a client begins with the preface of HTTP/2, of which three bytes are enough: no method begins so.
async fn begins_http2(stream: &TcpStream) -> io::Result<bool> {
    let mut first = [0; 3];
    loop {
        let read = stream.peek(&mut first).await?;
        if read == 0 || !b"PRI".starts_with(&first[..read]) {
            return Ok(false);
        }
        if read == first.len() {
            return Ok(true);
        }
        pause(Duration::from_millis(10)).await; // for the rest of what has come in part
    }
}

fn http1() -> http1::Builder {
    let mut builder = http1::Builder::new();
    builder.timer(TokioTimer::new()).header_read_timeout(HEAD_LIMIT).max_buf_size(HEAD_SIZE.into());
    builder
}

fn http2_builder() -> http2::Builder<TokioExecutor> {
    let mut builder = http2::Builder::new(TokioExecutor::new());
    builder
        .timer(TokioTimer::new())
        .max_header_list_size(HEAD_SIZE.into())
        .max_concurrent_streams(200)
        .keep_alive_interval(HEAD_LIMIT);
    builder
}

/// A failed `accept` is mostly a lack of file descriptors, which running requests will give back.
pub(crate) async fn pause_after(error: &io::Error) {
    say(format_args!("cannot accept a connection: {error}"));
    pause(Duration::from_millis(50)).await;
}
