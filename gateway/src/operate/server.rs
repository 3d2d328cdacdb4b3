//! Serves connections on a listener until it is told to stop.
//!
//! A client that closes its connection ends its request. If it has already sent another request on the same connection,
//! hyper does not notice the close, and the first request runs to its end.

use std::convert::Infallible;
use std::future::Future;
use std::io;
use std::net::SocketAddr;
use std::pin::{Pin, pin};
use std::sync::Arc;
use std::time::Duration;

use http::{HeaderValue, Request, Response, StatusCode, Version, header};
use hyper::body::{Body as _, Incoming};
use hyper::server::conn::{http1, http2};
use hyper::service::service_fn;
use hyper_util::rt::{TokioIo, TokioTimer};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::{OwnedSemaphorePermit, watch as channel};

use super::connections::{Activity, Connections};
use super::delivery::{Delivery, Streams};
use super::linger::linger;
use super::socket::{Beginning, Returned, Socket};
use super::workers::Workers;
use crate::console::say;
use crate::pace::Patience;
use crate::proxy::{Gateway, HEAD_SIZE, Outbound, Peer, Unread};
use crate::time::{pause, within};

/// The interval at which a client of HTTP/2 gets a ping.
const PING: Duration = Duration::from_secs(30);

/// The time that the answer to a ping may take.
const PONG: Duration = Duration::from_secs(20);

/// The time that a connection may idle after it was told to end.
const PARTING: Duration = Duration::from_secs(1);

/// The limits for clients.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Limits {
    /// Connections at once.
    pub(crate) connections: usize,
    /// The limit for a client that takes too little of a response.
    pub(crate) patience: Option<Patience>,
    /// The time that the head of a request may take to arrive.
    pub(crate) head: Duration,
    /// The time that a connection may have no request.
    pub(crate) idle: Duration,
    /// The time that running requests may take once the gateway is told to stop.
    pub(crate) grace: Duration,
}

/// Serves connections on the threads of `workers` until `stop` completes.
///
/// Each request gets the gateway that `gateway` returns at the time. After `stop`, no connection is accepted, and running
/// requests may end within `limits.grace`, unless `at_once` completes.
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
    let connections = Arc::new(Connections::new(limits.connections));
    let mut stop = pin!(stop);
    loop {
        let (stream, address, permit) = tokio::select! {
            biased; // what stops is heard from before the first connection is accepted
            () = &mut stop => break,
            accepted = accept(&listener, &connections) => accepted,
        };
        let peer = Arc::new(Peer::new(address.ip(), permit));
        let (gateway, connections, closing) = (gateway.clone(), Arc::clone(&connections), closing.clone());
        workers.serve(async move {
            let Ok(stream) = TcpStream::from_std(stream) else { return };
            let open = connections.open();
            let activity = Arc::clone(&open.activity);
            Connection { peer, gateway, limits, activity }.serve(stream, closing).await;
        });
    }
    drop(listener);
    close.send_replace(true);
    tokio::select! {
        biased; // an end within the time is not cut short
        left = connections.end(limits.connections, limits.grace) => if let Some(left) = left {
            let grace = limits.grace;
            say(format_args!("some requests did not end within {grace:?}: {left} connections are cut"));
        },
        () = at_once => say(format_args!("stopping at once: running requests are cut")),
    }
}

/// Returns the next connection, once there is room for it. Its socket leaves this runtime for another.
async fn accept(
    listener: &TcpListener,
    connections: &Connections,
) -> (std::net::TcpStream, SocketAddr, OwnedSemaphorePermit) {
    loop {
        let accepted = listener.accept().await;
        match accepted.and_then(|(stream, address)| Ok((stream.into_std()?, address))) {
            Ok((stream, address)) => return (stream, address, connections.room().await),
            Err(error) => pause_after(&error).await,
        }
    }
}

/// The service of one connection.
struct Connection<G> {
    peer: Arc<Peer>,
    gateway: G,
    limits: Limits,
    activity: Arc<Activity>,
}

impl<G: Fn() -> Arc<Gateway> + Send + Sync + 'static> Connection<G> {
    /// Serves in the version of HTTP with which the client begins.
    ///
    /// Gives up if the client sends nothing for too long.
    async fn serve(self, stream: TcpStream, mut closing: channel::Receiver<bool>) {
        // Without it, an answer may wait for the acknowledgement of the one before. A socket that is gone says so later.
        let _ = stream.set_nodelay(true);
        let beginning = tokio::select! {
            begun = within(self.limits.head, Beginning::read(&stream)) => begun,
            _ = closing.wait_for(|closing| *closing) => None,
            () = self.activity.asked_to_leave() => None,
        };
        let Some(Ok(beginning)) = beginning else { return };
        let (returned, is_http2) = (Returned::default(), beginning.is_http2);
        let (patience, activity) = (self.limits.patience, Arc::clone(&self.activity));
        let socket = TokioIo::new(Socket::new(stream, beginning, patience, activity, returned.clone()));
        let failed = if is_http2 {
            let service = service_fn(|request| self.answer(request));
            let connection = http2_builder(self.limits).serve_connection(socket, service);
            self.until_closed(connection, closing, http2::Connection::graceful_shutdown).await
        } else {
            let service = service_fn(|request| self.answer(request));
            let connection = http1(self.limits.head).serve_connection(socket, service).with_upgrades();
            self.until_closed(connection, closing, http1::UpgradeableConnection::graceful_shutdown).await
        };
        if let Some(error) = &failed {
            (self.gateway)().unreadable(error);
        }
        // A client that is still sending would lose the response; one that says nothing has none to lose. If a response failed
        // that would end with the connection, an end without a reset would make it look complete.
        let is_sending = failed
            .map_or(self.activity.was_early(), |error| !error.is_timeout() && !self.activity.is_open_ended());
        if let Some(stream) = returned.take().filter(|_| is_sending) {
            linger(stream).await;
        }
    }

    /// Serves a connection to its end, and returns its error if it failed.
    ///
    /// The connection ends after its running requests if the gateway stops, if a new connection needs the room, or if
    /// nothing has run for too long.
    async fn until_closed<C: Future<Output = hyper::Result<()>>>(
        &self,
        connection: C,
        mut closing: channel::Receiver<bool>,
        shut_down: impl FnOnce(Pin<&mut C>),
    ) -> Option<hyper::Error> {
        let mut connection = pin!(connection);
        // The head of a request may come as slowly as it is allowed to.
        let idle = self.limits.idle.max(self.limits.head);
        tokio::select! {
            biased; // a connection that has ended is seen first
            ended = &mut connection => return ended.err(),
            _ = closing.wait_for(|closing| *closing) => {}
            () = self.activity.asked_to_leave() => {}
            () = self.activity.idle_for(idle) => {}
        }
        shut_down(connection.as_mut());
        tokio::select! {
            biased;
            ended = connection => ended.err(),
            () = self.activity.idle_for(PARTING) => None,
        }
    }

    fn answer(
        &self,
        mut request: Request<Incoming>,
    ) -> impl Future<Output = Result<Response<Delivery<Outbound>>, Infallible>> + Send + use<G> {
        let (gateway, peer, busy) = ((self.gateway)(), Arc::clone(&self.peer), self.activity.begin());
        let is_old = request.version() < Version::HTTP_11;
        let unread = if request.version() == Version::HTTP_2 { None } else { Unread::put_into(&mut request) };
        async move {
            let mut response = gateway.answer(request, &peer).await;
            let is_final = response.status() != StatusCode::SWITCHING_PROTOCOLS;
            if is_final && unread.is_some_and(|unread| unread.is_left()) {
                // What is left would be taken for the next request: there is none (RFC 9112, section 9.6).
                response.headers_mut().insert(header::CONNECTION, HeaderValue::from_static("close"));
                busy.is_early();
            }
            if is_old && !response.body().is_end_stream() && response.body().size_hint().exact().is_none() {
                busy.ends_with_connection();
            }
            Ok(response.map(|body| Delivery::new(body, busy)))
        }
    }
}

fn http1(head: Duration) -> http1::Builder {
    let mut builder = http1::Builder::new();
    builder.timer(TokioTimer::new()).header_read_timeout(head).max_buf_size(HEAD_SIZE.into());
    builder
}

fn http2_builder(limits: Limits) -> http2::Builder<Streams> {
    let mut builder = http2::Builder::new(Streams(limits.patience));
    builder
        .timer(TokioTimer::new())
        .max_header_list_size(HEAD_SIZE.into())
        .max_concurrent_streams(200)
        .keep_alive_interval(PING.min(limits.idle))
        .keep_alive_timeout(PONG.min(limits.idle));
    builder
}

/// Reports a failed `accept`, and pauses.
///
/// Usually, file descriptors are lacking, and running requests will give some back.
pub(crate) async fn pause_after(error: &io::Error) {
    say(format_args!("cannot accept a connection: {error}"));
    pause(Duration::from_millis(50)).await;
}
