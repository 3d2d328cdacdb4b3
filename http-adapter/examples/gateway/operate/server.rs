//! Serves connections on a listener until it is told to stop.
//!
//! A client that closes its connection ends its request, unless it has sent another request behind it on the same
//! connection: then hyper does not look, and the first one runs to its end.

use std::convert::Infallible;
use std::future::Future;
use std::io;
use std::pin::pin;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use http::Request;
use hyper::body::Incoming;
use hyper::service::service_fn;
use hyper_util::rt::{TokioExecutor, TokioIo, TokioTimer};
use hyper_util::server::conn::auto;
use hyper_util::server::graceful::{GracefulShutdown, Watcher};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::Semaphore;
use tokio_io_timeout::TimeoutStream;

use crate::proxy::{Gateway, Peer};
use crate::time::pause;

/// How long running requests may take once the gateway is told to stop.
const GRACE: Duration = Duration::from_secs(10);

/// How long the head of a request may take to arrive.
pub(crate) const HEAD_LIMIT: Duration = Duration::from_secs(30);

/// The largest head of a request.
const HEAD_SIZE: usize = 64 * 1024;

/// What clients may take.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Limits {
    /// Connections at once.
    pub(crate) connections: usize,
    /// How long a client may take nothing of a response.
    pub(crate) patience: Option<Duration>,
}

/// Serves with the gateway that there is when a request comes, until `stop` completes; then accepts nothing new and lets
/// running requests end.
pub(crate) async fn serve<G>(
    listener: TcpListener,
    gateway: G,
    limits: Limits,
    stop: impl Future<Output = ()>,
) where
    G: Fn() -> Arc<Gateway> + Clone + Send + Sync + 'static,
{
    let graceful = GracefulShutdown::new();
    let room = Arc::new(Semaphore::new(limits.connections));
    let mut stop = pin!(stop);
    loop {
        let accept = async {
            let permit = Arc::clone(&room).acquire_owned().await;
            (listener.accept().await, permit)
        };
        let (accepted, permit) = tokio::select! {
            biased; // what stops is heard from before the first connection is accepted
            () = &mut stop => break,
            accepted = accept => accepted,
        };
        match accepted {
            Ok((stream, address)) => {
                let connection =
                    connection(stream, Peer::new(address.ip()), gateway.clone(), limits, graceful.watcher());
                tokio::spawn(async move {
                    connection.await;
                    drop(permit);
                });
            }
            Err(error) => pause_after(&error).await,
        }
    }
    drop(listener);
    tokio::select! {
        () = graceful.shutdown() => {}
        () = pause(GRACE) => eprintln!("some requests did not end within {GRACE:?}"),
    }
}

/// Serves one connection, in either version of HTTP.
async fn connection<G>(stream: TcpStream, peer: Peer, gateway: G, limits: Limits, watcher: Watcher)
where
    G: Fn() -> Arc<Gateway> + Send + Sync + 'static,
{
    // Without it, an answer may wait for the acknowledgement of the one before. A socket that is gone will say so itself.
    let _ = stream.set_nodelay(true);
    let mut stream = TimeoutStream::new(stream);
    stream.set_write_timeout(limits.patience);
    let (peer, has_asked) = (Arc::new(peer), Arc::<AtomicBool>::default());
    let asked = Arc::clone(&has_asked);
    let service = service_fn(move |request: Request<Incoming>| {
        asked.store(true, Ordering::Relaxed);
        let (gateway, peer) = (gateway(), Arc::clone(&peer));
        async move { Ok::<_, Infallible>(gateway.answer(request, &peer).await) }
    });
    let builder = builder();
    let connection = builder.serve_connection_with_upgrades(TokioIo::new(Box::pin(stream)), service);
    let mut connection = pin!(watcher.watch(connection));
    tokio::select! {
        _ = &mut connection => return,
        () = pause(HEAD_LIMIT) => {}
    }
    // Whoever has asked nothing by now is not waited for.
    if has_asked.load(Ordering::Relaxed) {
        let _ = connection.await; // how a connection ends is the client's business
    }
}

fn builder() -> auto::Builder<TokioExecutor> {
    let mut builder = auto::Builder::new(TokioExecutor::new());
    builder.http1().timer(TokioTimer::new()).header_read_timeout(HEAD_LIMIT).max_buf_size(HEAD_SIZE);
    builder
        .http2()
        .timer(TokioTimer::new())
        .max_header_list_size(64 * 1024)
        .max_concurrent_streams(200)
        .keep_alive_interval(HEAD_LIMIT);
    builder
}

/// A failed `accept` is mostly a lack of file descriptors, which running requests will give back.
pub(crate) async fn pause_after(error: &io::Error) {
    eprintln!("cannot accept a connection: {error}");
    pause(Duration::from_millis(50)).await;
}
