//! A server that fails as its paths say, in a separate process.
//!
//! * `/fail/P` answers 503 to P in a hundred requests, chosen by their number.
//! * `/twice` answers 503 to two of three requests.
//! * `/hold` answers after the next request for `/go`.
//! * `/large` answers with 600 kB.
//! * `/connections` returns the number of connections so far.
//!
//! Bodies are read to their end.

use std::io::Write as _;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use bytes::Bytes;
use http::{Request, Response};
use http_body_util::{BodyExt, Full};
use hyper::body::Incoming;
use hyper::service::service_fn;
use hyper_util::rt::TokioIo;
use tokio::net::TcpListener;
use tokio::sync::watch;

use crate::Failure;
use crate::chance::happens;

static LARGE: [u8; 600_000] = [b'x'; 600_000];

#[derive(Debug)]
struct Server {
    requests: AtomicU64,
    connections: AtomicU64,
    /// The number of requests for `/go`.
    gone: watch::Sender<u64>,
}

/// Serves until the process ends, and prints its address.
pub(crate) async fn serve() -> Result<(), Failure> {
    let listener = TcpListener::bind("127.0.0.1:0").await?;
    writeln!(std::io::stdout(), "{}", listener.local_addr()?)?;
    let server = Arc::new(Server {
        requests: AtomicU64::new(0),
        connections: AtomicU64::new(0),
        gone: watch::Sender::new(0),
    });
    loop {
        let (stream, _) = listener.accept().await?;
        stream.set_nodelay(true)?;
        server.connections.fetch_add(1, Ordering::Relaxed);
        let server = Arc::clone(&server);
        let service = service_fn(move |request| {
            let server = Arc::clone(&server);
            async move { server.answer(request).await }
        });
        let connection = hyper::server::conn::http1::Builder::new();
        tokio::spawn(connection.serve_connection(TokioIo::new(stream), service));
    }
}

impl Server {
    async fn answer(&self, request: Request<Incoming>) -> Result<Response<Full<Bytes>>, hyper::Error> {
        let (head, mut body) = request.into_parts();
        while let Some(frame) = body.frame().await {
            frame?;
        }
        let path = head.uri.path();
        if path == "/large" {
            return Ok(Response::new(Full::from(Bytes::from_static(&LARGE))));
        }
        let failing = |percent| happens(self.requests.fetch_add(1, Ordering::Relaxed), percent);
        let (status, text) = match path.strip_prefix("/fail/") {
            Some("0") => (200, "ok".to_owned()),
            Some(percent) if failing(percent.parse().unwrap_or(0)) => (503, "no".to_owned()),
            Some(_) => (200, "ok".to_owned()),
            None if path == "/twice" => {
                let is_third = self.requests.fetch_add(1, Ordering::Relaxed) % 3 == 2;
                (if is_third { 200 } else { 503 }, String::new())
            }
            None if path == "/hold" => {
                let mut gone = self.gone.subscribe();
                let _ = gone.changed().await;
                (200, "ok".to_owned())
            }
            None if path == "/go" => {
                self.gone.send_modify(|times| *times += 1);
                (200, "ok".to_owned())
            }
            None => (200, self.connections.load(Ordering::Relaxed).to_string()),
        };
        let mut response = Response::new(Full::from(text));
        *response.status_mut() = http::StatusCode::from_u16(status).unwrap_or_default();
        Ok(response)
    }
}
