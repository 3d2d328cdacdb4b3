//! [`Gateway`]: finds the route of a request, and answers it with the upstream's response.

use std::sync::Arc;

use bytes::Bytes;
use http::{Method, Request, Response, StatusCode, Version, header};
use http_body_util::{Either, Full};
use hyper::body::Incoming;
use persevere_http::{ReplayBody, RetryFilter, RetryLayer, RetryService};
use tower::{Layer, ServiceExt};

use crate::routes::{Config, Route};
use crate::timeouts::Limit;
use crate::upstream::{HttpClient, Upstream, UpstreamError, client};
use crate::watch::Watch;

pub(crate) type GatewayBody = Either<Incoming, Full<Bytes>>;

/// Finds the route of a request, and answers it with the upstream's response.
pub(crate) struct Gateway {
    routes: Vec<(Route, Target)>,
}

/// Where the requests of a route go.
enum Target {
    Plain(Upstream),
    Retrying(RetryService<Upstream>),
}

impl Gateway {
    pub(crate) fn new(config: Config, watch: &Arc<dyn Watch>) -> Self {
        let common = client(config.timeouts.connect.duration());
        let routes = config
            .routes
            .into_iter()
            .map(|route| {
                let timeouts = route.timeouts.or(config.timeouts);
                let client = match route.timeouts.connect {
                    Limit::Unsaid => common.clone(),
                    own => client(own.duration()),
                };
                let target = Target::new(&route, client, timeouts.response.duration(), watch);
                (route, target)
            })
            .collect();
        Self { routes }
    }

    /// The response to a request: the upstream's own, or one that says why there is none.
    pub(crate) async fn answer(&self, request: Request<Incoming>) -> Response<GatewayBody> {
        if request.method() == Method::CONNECT {
            return refusal(StatusCode::METHOD_NOT_ALLOWED, "this gateway opens no tunnels");
        }
        let Some(host) = host(&request) else {
            return refusal(StatusCode::BAD_REQUEST, "a request names one host");
        };
        let (head, body) = request.into_parts();
        let Some((_, target)) = self.routes.iter().find(|(route, _)| route.matches(&host, &head)) else {
            return refusal(StatusCode::NOT_FOUND, "no route matches this request");
        };
        match target.send(Request::from_parts(head, body)).await {
            Ok(response) => response.map(Either::Left),
            Err(UpstreamError::Timeout(_)) => refusal(StatusCode::GATEWAY_TIMEOUT, "no response in time"),
            Err(UpstreamError::Transport(_) | UpstreamError::Unasked) => {
                refusal(StatusCode::BAD_GATEWAY, "no response")
            }
        }
    }
}

impl Target {
    fn new(
        route: &Route,
        client: HttpClient,
        timeout: Option<std::time::Duration>,
        watch: &Arc<dyn Watch>,
    ) -> Self {
        let upstream = Upstream::new(client, route, timeout, Arc::clone(watch));
        match &route.filter {
            None => Self::Plain(upstream),
            Some(filter) => Self::Retrying(RetryLayer::new(watched(filter, route, watch)).layer(upstream)),
        }
    }

    async fn send(&self, request: Request<Incoming>) -> Result<Response<Incoming>, UpstreamError> {
        match self {
            Self::Plain(upstream) => upstream.clone().oneshot(request.map(ReplayBody::once)).await,
            Self::Retrying(service) => service.clone().oneshot(request).await,
        }
    }
}

/// The filter of a route, with somebody who listens.
fn watched(filter: &RetryFilter, route: &Route, watch: &Arc<dyn Watch>) -> RetryFilter {
    let (id, watch) = (route.id.clone(), Arc::clone(watch));
    let builder = filter.clone().into_builder().on_retry(move |event| watch.again(&id, event));
    builder.build().expect("a filter that was valid stays so")
}

/// The host that a request asks for: in its URI, or else in its only `Host`. An old request may have none.
fn host(request: &Request<Incoming>) -> Option<String> {
    if let Some(authority) = request.uri().authority() {
        return Some(authority.host().to_owned());
    }
    let mut hosts = request.headers().get_all(header::HOST).iter();
    match (hosts.next(), hosts.next()) {
        (None, _) => (request.version() < Version::HTTP_11).then(String::new),
        (Some(host), None) => host.to_str().ok().map(str::to_owned),
        (Some(_), Some(_)) => None,
    }
}

fn refusal(status: StatusCode, why: &str) -> Response<GatewayBody> {
    let mut response = Response::new(Either::Right(Full::from(format!("{status}: {why}\n"))));
    *response.status_mut() = status;
    response
}
