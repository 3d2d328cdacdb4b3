//! A server that fails three in ten attempts and keeps a log of all attempts.

use std::collections::HashMap;
use std::hash::{DefaultHasher, Hasher};
use std::io;
use std::net::SocketAddr;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, PoisonError};

use bytes::Bytes;
use http::{Request, Response};
use http_body_util::{BodyExt, Full};
use hyper::body::Incoming;
use hyper::service::service_fn;
use hyper_util::rt::TokioIo;
use tokio::net::TcpListener;

use crate::Failure;
use crate::chance::{happens, mix};

/// A server of which three in ten attempts fail.
#[derive(Debug)]
pub(crate) struct Server {
    pub(crate) address: SocketAddr,
    seed: u64,
    /// Attempts of each request whose client has not looked yet.
    log: Mutex<HashMap<u64, u32>>,
    attempts: AtomicU64,
    statuses: AtomicU64,
    resets: AtomicU64,
    closes: AtomicU64,
    damaged: AtomicU64,
}

/// The hash by which bodies are compared.
pub(crate) fn hash(body: &[u8]) -> u64 {
    let mut hasher = DefaultHasher::new();
    hasher.write(body);
    hasher.finish()
}

impl Server {
    /// Serves until the process ends.
    pub(crate) async fn start(seed: u64) -> Result<Arc<Self>, Failure> {
        let listener = TcpListener::bind("127.0.0.1:0").await?;
        let server = Arc::new(Self {
            address: listener.local_addr()?,
            seed,
            log: Mutex::default(),
            attempts: AtomicU64::new(0),
            statuses: AtomicU64::new(0),
            resets: AtomicU64::new(0),
            closes: AtomicU64::new(0),
            damaged: AtomicU64::new(0),
        });
        tokio::spawn(Arc::clone(&server).accept(listener));
        Ok(server)
    }

    async fn accept(self: Arc<Self>, listener: TcpListener) {
        for number in 0_u64.. {
            let Ok((stream, _)) = listener.accept().await else { continue };
            let resets = number.is_multiple_of(2);
            if resets {
                let _ = stream.set_zero_linger(); // whatever ends it is a reset
            }
            let _ = stream.set_nodelay(true);
            let server = Arc::clone(&self);
            let service = service_fn(move |request| {
                let server = Arc::clone(&server);
                async move { server.answer(request, resets).await }
            });
            let connection = hyper::server::conn::http1::Builder::new();
            tokio::spawn(connection.serve_connection(TokioIo::new(stream), service));
        }
    }

    /// Takes the number of attempts of a request out of the log.
    pub(crate) fn take(&self, key: u64) -> u32 {
        self.log.lock().unwrap_or_else(PoisonError::into_inner).remove(&key).unwrap_or_default()
    }

    async fn answer(
        &self,
        request: Request<Incoming>,
        resets: bool,
    ) -> Result<Response<Full<Bytes>>, io::Error> {
        let (head, body) = request.into_parts();
        let mut parts = head.uri.path().split('/').skip(1);
        let key: u64 = parts.next().and_then(|text| text.parse().ok()).unwrap_or_default();
        let sent = parts.next().unwrap_or_default().to_owned();
        let attempt = {
            let mut log = self.log.lock().unwrap_or_else(PoisonError::into_inner);
            let attempt = log.entry(key).or_default();
            *attempt += 1;
            u64::from(*attempt)
        };
        self.attempts.fetch_add(1, Ordering::Relaxed);
        let chance = mix(self.seed) ^ mix(key.wrapping_mul(64) + attempt);
        let (fails, kind) = (happens(chance, 30), mix(chance) % 3);
        if fails && kind == 0 {
            return self.cut(resets); // before the body is read
        }
        let body = body.collect().await.map_err(io::Error::other)?.to_bytes();
        if format!("{:016x}", hash(&body)) != sent {
            self.damaged.fetch_add(1, Ordering::Relaxed);
        }
        if fails && kind == 1 {
            return self.cut(resets);
        }
        let mut response = Response::new(Full::from(sent));
        if fails {
            self.statuses.fetch_add(1, Ordering::Relaxed);
            let status = if chance.is_multiple_of(2) { 502 } else { 503 };
            *response.status_mut() = http::StatusCode::from_u16(status).unwrap_or_default();
        }
        Ok(response)
    }

    /// Ends the connection without a response.
    fn cut<T>(&self, resets: bool) -> Result<T, io::Error> {
        (if resets { &self.resets } else { &self.closes }).fetch_add(1, Ordering::Relaxed);
        Err(io::Error::other("cut on purpose"))
    }

    pub(crate) fn attempts(&self) -> u64 {
        self.attempts.load(Ordering::Relaxed)
    }

    /// Attempts that got a status of failure, a reset, an early close.
    pub(crate) fn failures(&self) -> [u64; 3] {
        [&self.statuses, &self.resets, &self.closes].map(|counter| counter.load(Ordering::Relaxed))
    }

    /// Bodies that arrived other than they were sent.
    pub(crate) fn damaged(&self) -> u64 {
        self.damaged.load(Ordering::Relaxed)
    }
}
