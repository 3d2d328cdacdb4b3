//! Serves connections on a listener until it is told to stop.
//!
//! A client that closes its connection ends its request, unless it has sent another request behind it on the same
//! connection: then hyper does not look, and the first one runs to its end.

use std::future::Future;
use std::io;
use std::sync::Arc;
use std::time::Duration;

use hyper::service::service_fn;
use hyper_util::rt::{TokioIo, TokioTimer};
use hyper_util::server::graceful::GracefulShutdown;
use tokio::net::TcpListener;

use crate::proxy::Gateway;

/// How long running requests may take once the gateway is told to stop.
const GRACE: Duration = Duration::from_secs(10);

/// How long the head of a request may take to arrive.
const HEAD_LIMIT: Duration = Duration::from_secs(30);

/// Serves until `stop` completes; then accepts nothing new and lets running requests end.
pub(crate) async fn serve(listener: TcpListener, gateway: Arc<Gateway>, stop: impl Future<Output = ()>) {
    let graceful = GracefulShutdown::new();
    let mut stop = std::pin::pin!(stop);
    loop {
        let accepted = tokio::select! {
            biased; // what stops is heard from before the first connection is accepted
            () = &mut stop => break,
            accepted = listener.accept() => accepted,
        };
        match accepted {
            Ok((stream, _)) => {
                let gateway = Arc::clone(&gateway);
                let service = service_fn(move |request| {
                    let gateway = Arc::clone(&gateway);
                    async move { Ok::<_, std::convert::Infallible>(gateway.answer(request).await) }
                });
                let connection = hyper::server::conn::http1::Builder::new()
                    .timer(TokioTimer::new())
                    .header_read_timeout(HEAD_LIMIT)
                    .serve_connection(TokioIo::new(stream), service);
                tokio::spawn(graceful.watch(connection));
            }
            Err(error) => pause_after(&error).await,
        }
    }
    let rest = graceful.shutdown();
    tokio::select! {
        () = rest => {}
        () = pause(GRACE) => eprintln!("some requests did not end within {GRACE:?}"),
    }
}

/// A failed `accept` is mostly a lack of file descriptors, which running requests will give back.
async fn pause_after(error: &io::Error) {
    eprintln!("cannot accept a connection: {error}");
    pause(Duration::from_millis(50)).await;
}

#[expect(clippy::disallowed_methods, reason = "an application chooses its runtime")]
async fn pause(time: Duration) {
    tokio::time::sleep(time).await;
}
