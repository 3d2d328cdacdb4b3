//! [`Upstream`]: sends one attempt of a request to the server of a route.

use std::error::Error;
use std::future::Future;
use std::pin::Pin;
use std::task::{Context, Poll};
use std::time::Duration;

use http::uri::{Authority, Scheme};
use http::{Request, Response, Uri, Version, header};
use hyper::body::Incoming;
use hyper_util::client::legacy::Client;
use hyper_util::client::legacy::connect::HttpConnector;
use hyper_util::rt::{TokioExecutor, TokioTimer};
use persevere_http::{HeadTimeout, ReplayBody};
use tower::Service;

use crate::headers;

pub(crate) type HttpClient = Client<HttpConnector, ReplayBody<Incoming>>;

/// A client that shares its connections among all routes.
pub(crate) fn client(connect_timeout: Option<Duration>) -> HttpClient {
    let mut connector = HttpConnector::new();
    connector.set_nodelay(true);
    connector.set_connect_timeout(connect_timeout);
    // The client's own retry stays on: it sends again only what a reused connection has returned unsent, which
    // no upstream ever sees twice.
    Client::builder(TokioExecutor::new()).pool_timer(TokioTimer::new()).build(connector)
}

/// Why there is no response.
#[derive(Debug, thiserror::Error)]
pub(crate) enum UpstreamError {
    #[error("the exchange failed")]
    Transport(#[from] hyper_util::client::legacy::Error),
    #[error("the upstream is too slow")]
    Timeout(#[from] HeadTimeout),
}

impl UpstreamError {
    /// The error with its causes on one line.
    pub(crate) fn with_causes(&self) -> String {
        let causes = std::iter::successors(self.source(), |&cause| cause.source());
        causes.fold(self.to_string(), |text, cause| format!("{text}: {cause}"))
    }
}

/// Sends one attempt of a request to the server of a route.
#[derive(Clone, Debug)]
pub(crate) struct Upstream {
    client: HttpClient,
    authority: Authority,
    response_timeout: Option<Duration>,
}

impl Upstream {
    pub(crate) const fn new(
        client: HttpClient,
        authority: Authority,
        response_timeout: Option<Duration>,
    ) -> Self {
        Self { client, authority, response_timeout }
    }

    /// Path and query stay byte for byte as they came; the host is the upstream's.
    fn address(&self, request: &mut Request<ReplayBody<Incoming>>) {
        let mut parts = std::mem::take(request.uri_mut()).into_parts();
        parts.scheme = Some(Scheme::HTTP);
        parts.authority = Some(self.authority.clone());
        parts.path_and_query.get_or_insert_with(|| http::uri::PathAndQuery::from_static("/"));
        *request.uri_mut() = Uri::from_parts(parts).expect("scheme, authority and path make a URI");
        *request.version_mut() = Version::HTTP_11;
        request.headers_mut().remove(header::HOST);
        headers::strip_hop_by_hop(request.headers_mut());
    }
}

impl Service<Request<ReplayBody<Incoming>>> for Upstream {
    type Response = Response<Incoming>;
    type Error = UpstreamError;
    type Future = Pin<Box<dyn Future<Output = Result<Response<Incoming>, UpstreamError>> + Send>>;

    fn poll_ready(&mut self, context: &mut Context<'_>) -> Poll<Result<(), UpstreamError>> {
        self.client.poll_ready(context).map_err(UpstreamError::Transport)
    }

    fn call(&mut self, mut request: Request<ReplayBody<Incoming>>) -> Self::Future {
        self.address(&mut request);
        let response = self.client.request(request);
        let limit = self.response_timeout;
        Box::pin(async move {
            let mut response = match limit {
                Some(limit) => within(limit, response).await.ok_or_else(HeadTimeout::new)??,
                None => response.await?,
            };
            headers::strip_hop_by_hop(response.headers_mut());
            Ok(response)
        })
    }
}

#[expect(clippy::disallowed_methods, reason = "an application chooses its runtime")]
async fn within<F: Future>(limit: Duration, future: F) -> Option<F::Output> {
    tokio::time::timeout(limit, future).await.ok()
}
