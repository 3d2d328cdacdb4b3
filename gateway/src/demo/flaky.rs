//! [`Flaky`]: an upstream that fails as it is asked to, and counts.
//!
//! Every path takes `key`, by which requests are counted. `/retry` fails the first `count − 1` requests of a key
//! with `failStatus` (3 and 500 unless said); `/retrypost` does so too, and checks that the body is
//! `expectedbody`; `/cut` closes the connection instead; `/retryalwaysfail` never succeeds; `/sleep` takes
//! `millis`. A success answers with its number.

use std::collections::HashMap;
use std::error::Error;
use std::net::SocketAddr;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use bytes::Bytes;
use http::{Request, Response, StatusCode};
use http_body_util::{BodyExt, Full};
use hyper::body::Incoming;
use hyper::service::service_fn;
use hyper_util::rt::TokioIo;
use tokio::net::TcpListener;

/// An upstream that fails as it is asked to, and counts the requests by key.
#[derive(Debug, Default)]
pub(crate) struct Flaky {
    counts: Mutex<HashMap<String, u32>>,
    /// Answers 500 to everything, whatever it is asked.
    broken: bool,
}

/// What a connection that is to be cut returns instead of a response.
#[derive(Debug, thiserror::Error)]
#[error("cut on purpose")]
struct Cut;

impl Flaky {
    pub(crate) fn new(broken: bool) -> Self {
        Self { broken, ..Self::default() }
    }

    /// Serves on a free port of the loopback until the runtime ends.
    pub(crate) async fn start(self: &Arc<Self>) -> std::io::Result<SocketAddr> {
        let listener = TcpListener::bind("127.0.0.1:0").await?;
        let address = listener.local_addr()?;
        let flaky = Arc::clone(self);
        tokio::spawn(async move {
            while let Ok((stream, _)) = listener.accept().await {
                let flaky = Arc::clone(&flaky);
                let service = service_fn(move |request| {
                    let flaky = Arc::clone(&flaky);
                    async move { flaky.answer(request).await }
                });
                let connection = hyper::server::conn::http1::Builder::new();
                tokio::spawn(connection.serve_connection(TokioIo::new(stream), service));
            }
        });
        Ok(address)
    }

    /// How many requests with this key have come.
    pub(crate) fn count(&self, key: &str) -> u32 {
        let counts = self.counts.lock().unwrap_or_else(PoisonError::into_inner);
        counts.get(key).copied().unwrap_or_default()
    }

    fn count_up(&self, key: &str) -> u32 {
        let mut counts = self.counts.lock().unwrap_or_else(PoisonError::into_inner);
        let count = counts.entry(key.to_owned()).or_default();
        *count = count.saturating_add(1);
        *count
    }

    async fn answer(
        &self,
        request: Request<Incoming>,
    ) -> Result<Response<Full<Bytes>>, Box<dyn Error + Send + Sync>> {
        let query = request.uri().query().unwrap_or_default().to_owned();
        let value = |name: &str| {
            let pairs = query.split('&').filter_map(|pair| pair.split_once('='));
            pairs.filter(|(key, _)| *key == name).map(|(_, value)| value).next()
        };
        let number = |name, otherwise| value(name).and_then(|text| text.parse().ok()).unwrap_or(otherwise);
        let path = request.uri().path().to_owned();
        let body = request.into_body().collect().await?.to_bytes();
        let tried = self.count_up(value("key").unwrap_or("default"));
        let failing = tried < number("count", 3);
        let fail_status = StatusCode::from_u16(u16::try_from(number("failStatus", 500)).unwrap_or(500));
        let fail_status = fail_status.unwrap_or(StatusCode::INTERNAL_SERVER_ERROR);
        let (status, text) = match path.rsplit('/').next().unwrap_or_default() {
            _ if self.broken => (StatusCode::INTERNAL_SERVER_ERROR, "broken".to_owned()),
            "retrypost" if value("expectedbody").is_some_and(|expected| expected.as_bytes() != body) => {
                (StatusCode::INTERNAL_SERVER_ERROR, format!("body did not match on try{tried}"))
            }
            "retry" | "retrypost" if failing => (fail_status, "temporarily broken".to_owned()),
            "cut" if failing => return Err(Cut.into()),
            "retryalwaysfail" => (fail_status, "permanently broken".to_owned()),
            "sleep" => {
                pause(Duration::from_millis(number("millis", 0).into())).await;
                (StatusCode::OK, tried.to_string())
            }
            _ => (StatusCode::OK, tried.to_string()),
        };
        let response = Response::builder().status(status).header("x-retry-count", tried);
        Ok(response.body(Full::from(text)).unwrap_or_default())
    }
}

#[expect(clippy::disallowed_methods, reason = "an upstream takes real time")]
async fn pause(time: Duration) {
    tokio::time::sleep(time).await;
}
