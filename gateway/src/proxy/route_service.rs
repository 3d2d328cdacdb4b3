//! [`Served`]: a route, and what sends its requests.

use std::sync::Arc;

use futures::future::Either;
use http::request::Parts;
use http::{Request, Response, StatusCode, header};
use persevere_http::service::Retrying;
use persevere_http::{ReplayBody, RetryFilter, RetryLayer, RetryService};
use tower::{Layer, Service};

use super::balance::{Balance, Tried};
use super::client::{Clients, Kind};
use super::common::Common;
use super::dispatch::Dispatch;
use super::guarded::{BodyError, Guarded};
use super::headers;
use super::pool::PooledBody;
use super::refusal::{Answer, Refusal};
use super::unread::Unread;
use super::upstream::{Sending, Settings, Upstream, UpstreamError};
use super::whole::{Inbound, Whole};
use crate::config::{Pool as PoolSettings, Route, Timeouts, Variables};
use crate::pace::Patience;

/// A request under way: with a filter, or without one.
pub(crate) type Call = Either<Retrying<Upstream, Inbound, PooledBody>, Sending>;

/// A route, and what sends its requests.
pub(crate) struct Served {
    pub(crate) route: Route,
    /// The `id` of the route, which requests and responses share.
    pub(crate) name: Arc<str>,
    upstream: Upstream,
    /// Around the upstream, if the route has a filter.
    retrying: Option<RetryService<Upstream>>,
}

impl Served {
    pub(crate) fn new(
        route: Route,
        gateway: Timeouts,
        pool: PoolSettings,
        clients: &mut Clients,
        common: &Common,
    ) -> Self {
        let timeouts = route.timeouts.or(gateway);
        let instances = route.target.instances.iter();
        let instances = instances.map(|server| (server.scheme.clone(), server.authority.clone()));
        let dispatch = Dispatch {
            pools: clients.get(Kind {
                connect_timeout: timeouts.connect.duration(),
                http2: route.http2,
                limits: route.pool.or(pool).limits(),
            }),
            balance: Balance::new(instances, &common.servers, &common.resolver),
            connect_timeout: timeouts.connect.duration(),
            response_timeout: timeouts.response.duration(),
            response_from: timeouts.response_from.unwrap_or_default(),
            watch: common.watch.clone(),
        };
        let upstream = Upstream::new(Settings {
            dispatch,
            route: route.id.clone(),
            patience: common.patience,
            edits: route.chain.after.clone(),
            watch: common.watch.clone(),
        });
        let name = route.id.as_str().into();
        let mut served = Self { route, name, upstream, retrying: None };
        served.protect(common);
        served
    }

    /// Puts the filter of the route around its upstream.
    fn protect(&mut self, common: &Common) {
        let filter = self.route.chain.retry.as_ref().map(|filter| watched(filter, &self.route.id, common));
        self.retrying = filter.map(|filter| RetryLayer::new(filter).layer(self.upstream.clone()));
    }

    /// Fills the budget to the same level as the budget of `old`, in proportion.
    pub(crate) fn fill_as(&mut self, old: &Self, common: &Common) {
        let (Some(filter), Some(old)) = (&self.route.chain.retry, &old.route.chain.retry) else { return };
        let builder = filter.clone().into_builder().budget(filter.budget().filled_as(old.budget()));
        self.route.chain.retry = Some(builder.build().expect("a filter that was valid stays so"));
        self.protect(common);
    }

    /// Instances that rest.
    pub(crate) fn resting(&self) -> usize {
        self.upstream.resting()
    }

    /// Returns the tokens left in the budget.
    pub(crate) fn budget(&self) -> Option<f64> {
        self.route.chain.retry.as_ref()?.budget().available()
    }

    /// Sends a request to `host` as the route says.
    pub(crate) fn send(
        &self,
        host: &str,
        mut head: Parts,
        body: Whole,
        patience: Option<Patience>,
    ) -> Result<(Call, Option<Arc<Variables>>), Refusal> {
        let limit = self.route.chain.request_size;
        if limit.is_some_and(|limit| content_length(&head) > limit) {
            return Err(Refusal(StatusCode::PAYLOAD_TOO_LARGE, "the body is larger than this route allows"));
        }
        let limit_of_header = self.route.chain.header_size;
        if limit_of_header.is_some_and(|limit| headers::longest(&head.headers) > limit) {
            let why = "a header is larger than this route allows";
            return Err(Refusal(StatusCode::REQUEST_HEADER_FIELDS_TOO_LARGE, why));
        }
        let kept = self.route.variables(host, head.uri.path());
        let (before, variables) = (&self.route.chain.before, kept.as_deref().unwrap_or_default());
        let edited = before.iter().try_for_each(|edit| edit.request(&mut head, variables));
        edited.map_err(UpstreamError::from)?;
        if let Some(variables) = &kept {
            head.extensions.insert(Arc::clone(variables));
        }
        if self.retrying.is_some() && self.upstream.may_choose() {
            head.extensions.insert(Arc::<Tried>::default());
        }
        let unread = head.extensions.remove::<Arc<Unread>>();
        let patience = if self.route.http2 { headers::patience(&head.headers, patience) } else { patience };
        let request = Request::from_parts(head, Guarded::new(body, limit, patience).telling(unread));
        // The upstream is always ready.
        let call = match &self.retrying {
            Some(service) => Either::Left(service.clone().call(request)),
            None => Either::Right(self.upstream.clone().call(request.map(ReplayBody::once))),
        };
        Ok((call, kept))
    }

    /// The response to a request with these variables, as the route says.
    pub(crate) fn receive(
        &self,
        response: Result<Response<PooledBody>, UpstreamError>,
        variables: Option<&Variables>,
    ) -> Result<Response<PooledBody>, Refusal> {
        let (mut response, variables) = (response?, variables.unwrap_or_default());
        // What is outermost on the way in is outermost on the way out.
        let before = self.route.chain.before.iter().rev();
        let edited = before.into_iter().try_for_each(|edit| edit.response(&mut response, variables));
        edited.map_err(UpstreamError::from)?;
        Ok(response)
    }
}

/// The size that a request says its body has; 0 if it says nothing.
fn content_length(head: &Parts) -> u64 {
    let text = head.headers.get(header::CONTENT_LENGTH).and_then(|value| value.to_str().ok());
    text.and_then(|text| text.parse().ok()).unwrap_or_default()
}

impl From<UpstreamError> for Refusal {
    fn from(error: UpstreamError) -> Self {
        let (status, why) = error.status();
        Self(status, why)
    }
}

impl Refusal {
    /// Replaces a response whose body failed before any of it was sent.
    pub(crate) fn broken(error: BodyError) -> Response<Answer> {
        let mut response = Self(StatusCode::BAD_GATEWAY, "the response broke off").into_response();
        response.extensions_mut().insert(Arc::new(error));
        response
    }
}

/// Gives the filter of a route an observer, a replay pool and a stop signal.
fn watched(filter: &RetryFilter, id: &str, common: &Common) -> RetryFilter {
    let stopping = common.stopping.clone();
    // What is inside follows no redirects, and sends nothing twice.
    let builder = filter.clone().into_builder().replay_pool(common.pool.clone()).sends_once(true);
    let mut builder = builder.stop_on(move || {
        let mut stopping = stopping.clone();
        async move {
            // A sender that is gone never stops the gateway.
            if stopping.wait_for(|stop| *stop).await.is_err() {
                std::future::pending::<()>().await;
            }
        }
    });
    if let Some(watch) = common.watch.clone() {
        let id = id.to_owned();
        builder = builder.observe(move |event| watch.decided(&id, event));
    }
    builder.build().expect("a filter that was valid stays so")
}
