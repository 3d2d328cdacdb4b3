//! [`Upstream`]: sends one attempt of a request to the server of a route.

use std::error::Error;
use std::future::Future;
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll};
use std::time::Duration;

use http::uri::{Authority, Scheme};
use http::{Request, Response, StatusCode, Uri, Version, header};
use hyper::body::Incoming;
use hyper_util::client::legacy::Client;
use hyper_util::client::legacy::connect::HttpConnector;
use hyper_util::rt::{TokioExecutor, TokioTimer};
use persevere::Attempt;
use persevere_http::{HeadTimeout, ReplayBody};
use tower::Service;

use crate::headers;
use crate::routes::Route;
use crate::watch::Watch;

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
    Transport(#[source] hyper_util::client::legacy::Error),
    #[error("the upstream changes the protocol, which nobody asked for")]
    Unasked,
    #[error("the upstream is too slow")]
    Timeout(#[source] HeadTimeout),
}

impl UpstreamError {
    /// The error with its causes on one line.
    pub(crate) fn with_causes(&self) -> String {
        let causes = std::iter::successors(self.source(), |&cause| cause.source());
        causes.fold(self.to_string(), |text, cause| format!("{text}: {cause}"))
    }
}

/// Sends one attempt of a request to the server of a route.
#[derive(Clone)]
pub(crate) struct Upstream {
    client: HttpClient,
    route: Arc<str>,
    authority: Authority,
    response_timeout: Option<Duration>,
    watch: Arc<dyn Watch>,
}

impl Upstream {
    pub(crate) fn new(
        client: HttpClient,
        route: &Route,
        response_timeout: Option<Duration>,
        watch: Arc<dyn Watch>,
    ) -> Self {
        let id = route.id.as_str().into();
        Self { client, route: id, authority: route.authority.clone(), response_timeout, watch }
    }

    /// Path and query stay byte for byte as they came (a fragment has no place in a request and is gone); the host
    /// is the upstream's.
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
        let attempt = request.extensions().get::<Attempt>().map_or(1, Attempt::number);
        let response = self.client.request(request);
        let (limit, route, watch) = (self.response_timeout, Arc::clone(&self.route), Arc::clone(&self.watch));
        Box::pin(async move {
            let outcome = match limit {
                Some(limit) => match within(limit, response).await {
                    Some(response) => response.map_err(UpstreamError::Transport),
                    None => Err(UpstreamError::Timeout(HeadTimeout::new())),
                },
                None => response.await.map_err(UpstreamError::Transport),
            };
            match &outcome {
                Ok(response) if !response.status().is_server_error() => {}
                Ok(response) => watch.failed(&route, attempt, &response.status().to_string()),
                Err(error) => watch.failed(&route, attempt, &error.with_causes()),
            }
            let mut response = outcome?;
            if response.status() == StatusCode::SWITCHING_PROTOCOLS {
                return Err(UpstreamError::Unasked);
            }
            *response.version_mut() = Version::HTTP_11;
            headers::strip_hop_by_hop(response.headers_mut());
            Ok(response)
        })
    }
}

#[expect(clippy::disallowed_methods, reason = "an application chooses its runtime")]
async fn within<F: Future>(limit: Duration, future: F) -> Option<F::Output> {
    tokio::time::timeout(limit, future).await.ok()
}
