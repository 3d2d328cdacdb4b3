//! [`Admin`]: metrics and health, on an address of their own.

use std::convert::Infallible;
use std::sync::Arc;

use bytes::Bytes;
use http::{Method, Request, Response, StatusCode, header};
use http_body_util::Full;
use hyper::body::Incoming;
use hyper::service::service_fn;
use hyper_util::rt::{TokioIo, TokioTimer};
use persevere_http::ReplayPool;
use tokio::net::TcpListener;
use tokio::sync::{Semaphore, watch};

use super::live::Live;
use super::metrics::Metrics;
use super::server::{HEAD_LIMIT, pause_after};

/// Connections at once: an operator's tools, not clients.
const CONNECTIONS: usize = 32;

/// Metrics and health, on an address of their own.
pub(crate) struct Admin {
    pub(crate) live: Arc<Live>,
    pub(crate) metrics: Metrics,
    pub(crate) pool: ReplayPool,
    pub(crate) stopping: watch::Receiver<bool>,
}

impl Admin {
    /// Answers until the process ends.
    pub(crate) async fn serve(self, listener: TcpListener) {
        let (admin, room) = (Arc::new(self), Arc::new(Semaphore::new(CONNECTIONS)));
        while let Ok(permit) = Arc::clone(&room).acquire_owned().await {
            let stream = match listener.accept().await {
                Ok((stream, _)) => stream,
                Err(error) => {
                    pause_after(&error).await;
                    continue;
                }
            };
            let admin = Arc::clone(&admin);
            let service = service_fn(move |request: Request<Incoming>| {
                let response = admin.answer(&request);
                async move { Ok::<_, Infallible>(response) }
            });
            let connection = hyper::server::conn::http1::Builder::new()
                .timer(TokioTimer::new())
                .header_read_timeout(HEAD_LIMIT)
                .serve_connection(TokioIo::new(stream), service);
            tokio::spawn(async move {
                let _ = connection.await;
                drop(permit);
            });
        }
    }

    fn answer<B>(&self, request: &Request<B>) -> Response<Full<Bytes>> {
        let (status, kind, text) = match (request.method(), request.uri().path()) {
            (&Method::GET, "/metrics") => {
                let gateway = self.live.gateway();
                let budgets = gateway.budgets().map(|(route, left)| (route.to_owned(), left)).collect();
                match self.metrics.text(&self.pool, budgets) {
                    Ok(text) => {
                        (StatusCode::OK, "application/openmetrics-text; version=1.0.0; charset=utf-8", text)
                    }
                    Err(error) => (StatusCode::INTERNAL_SERVER_ERROR, PLAIN, error.to_string()),
                }
            }
            (&Method::GET, "/health") if *self.stopping.borrow() => {
                (StatusCode::SERVICE_UNAVAILABLE, PLAIN, "stopping\n".to_owned())
            }
            (&Method::GET, "/health") => (StatusCode::OK, PLAIN, "up\n".to_owned()),
            (_, "/metrics" | "/health") => (StatusCode::METHOD_NOT_ALLOWED, PLAIN, "only GET\n".to_owned()),
            _ => (StatusCode::NOT_FOUND, PLAIN, "there are /metrics and /health\n".to_owned()),
        };
        let response = Response::builder().status(status).header(header::CONTENT_TYPE, kind);
        response.body(Full::from(text)).unwrap_or_default()
    }
}

const PLAIN: &str = "text/plain; charset=utf-8";
