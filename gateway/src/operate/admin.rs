//! [`Admin`]: metrics and health, on a separate address.

use std::convert::Infallible;
use std::future::ready;
use std::sync::Arc;
use std::time::Duration;

use bytes::Bytes;
use http::{Method, Request, Response, StatusCode, header};
use http_body_util::Full;
use hyper::body::Incoming;
use hyper::server::conn::http1;
use hyper::service::service_fn;
use hyper_util::rt::{TokioIo, TokioTimer};
use persevere_http::ReplayPool;
use tokio::io::{AsyncReadExt, AsyncWriteExt, copy, sink};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::watch;

use super::live::Live;
use super::metrics::Metrics;
use super::server::pause_after;
use super::visitors::Visitors;
use crate::time::within;

/// The time that the head of a request may take to arrive.
const HEAD_LIMIT: Duration = Duration::from_secs(5);

/// The longest time that a connection lasts. It serves one request.
const LIMIT: Duration = Duration::from_secs(10);

/// The time and the bytes for which a connection is read on after its response.
///
/// Closing a connection with unread bytes would reset it, and the client could lose the response.
const REST: (Duration, u64) = (Duration::from_secs(1), 64 * 1024);

/// The server of metrics and health, on a separate address.
pub(crate) struct Admin {
    pub(crate) live: Arc<Live>,
    pub(crate) metrics: Metrics,
    pub(crate) pool: ReplayPool,
    pub(crate) stopping: watch::Receiver<bool>,
}

impl Admin {
    /// Answers until the process ends.
    pub(crate) async fn serve(self, listener: TcpListener) {
        let (admin, mut visitors) = (Arc::new(self), Visitors::new());
        loop {
            match visitors.accept(&listener).await {
                Ok(stream) => {
                    let admin = Arc::clone(&admin);
                    visitors.serve(async move {
                        within(LIMIT, admin.serve_one(stream)).await;
                    });
                }
                Err(error) => pause_after(&error).await,
            }
        }
    }

    /// Answers one request.
    async fn serve_one(&self, stream: TcpStream) {
        let service =
            service_fn(|request: Request<Incoming>| ready(Ok::<_, Infallible>(self.answer(&request))));
        let connection = http1::Builder::new()
            .timer(TokioTimer::new())
            .header_read_timeout(HEAD_LIMIT)
            .keep_alive(false)
            .serve_connection(TokioIo::new(stream), service);
        let Ok(parts) = connection.without_shutdown().await else { return };
        let mut stream = parts.io.into_inner();
        let _ = stream.shutdown().await; // a client that has gone needs no end
        let (time, bytes) = REST;
        let mut rest = stream.take(bytes);
        within(time, copy(&mut rest, &mut sink())).await;
    }

    fn answer<B>(&self, request: &Request<B>) -> Response<Full<Bytes>> {
        let (status, kind, text) = match (request.method(), request.uri().path()) {
            (&(Method::GET | Method::HEAD), "/metrics") => {
                let gateway = self.live.gateway();
                let budgets = gateway.budgets().map(|(route, left)| (route.to_owned(), left)).collect();
                let resting = gateway.resting().map(|(route, number)| (route.to_owned(), number)).collect();
                match self.metrics.text(&self.pool, budgets, resting) {
                    Ok(text) => {
                        (StatusCode::OK, "application/openmetrics-text; version=1.0.0; charset=utf-8", text)
                    }
                    Err(error) => (StatusCode::INTERNAL_SERVER_ERROR, PLAIN, error.to_string()),
                }
            }
            (&(Method::GET | Method::HEAD), "/health") if *self.stopping.borrow() => {
                (StatusCode::SERVICE_UNAVAILABLE, PLAIN, "stopping\n".to_owned())
            }
            (&(Method::GET | Method::HEAD), "/health") => (StatusCode::OK, PLAIN, "up\n".to_owned()),
            (_, "/metrics" | "/health") => {
                (StatusCode::METHOD_NOT_ALLOWED, PLAIN, "only GET and HEAD\n".to_owned())
            }
            _ => (StatusCode::NOT_FOUND, PLAIN, "there are /metrics and /health\n".to_owned()),
        };
        let mut response = Response::builder().status(status).header(header::CONTENT_TYPE, kind);
        if status == StatusCode::METHOD_NOT_ALLOWED {
            response = response.header(header::ALLOW, "GET, HEAD");
        }
        response.body(Full::from(text)).unwrap_or_default()
    }
}

const PLAIN: &str = "text/plain; charset=utf-8";
