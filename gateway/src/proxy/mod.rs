//! [`Gateway`]: finds the route of a request, and answers it with the response of a server.

mod authority;
mod balance;
mod causes;
mod client;
mod common;
mod dispatch;
mod events;
mod fault;
mod forwarding;
mod framing;
mod guarded;
mod headers;
mod large_chunks;
mod passage;
mod passed;
mod pool;
mod refusal;
mod resolve;
mod response_head;
mod route_service;
mod target;
mod tunnel;
mod unread;
mod upload;
mod upstream;
mod waiting;
mod whole;

use std::sync::Arc;
use std::sync::atomic::Ordering;

use http::request::Parts;
use http::{HeaderValue, Method, Request, Response, StatusCode, Version, header};
use http_body_util::{Either, Full};
use hyper::body::Incoming;
use tokio::sync::OwnedSemaphorePermit;

use self::forwarding::Forwarding;
use self::guarded::Guarded;
use self::passage::Passage;
use self::passed::Passed;
use self::pool::PooledBody;
use self::refusal::{Answer, Refusal, Refused};
use self::route_service::{Call, Served};
use self::tunnel::Tunnel;
use self::upstream::UpstreamError;
use self::waiting::Waiting;
use self::whole::Whole;
use crate::config::{Asked, Config, Route, Variables};

pub(crate) use self::balance::{Change, Server, Servers};
pub(crate) use self::client::{Clients, certificates};
pub(crate) use self::common::Common;
pub(crate) use self::events::{By, Closed, Cut, Outcome, REQUEST, Tried, TunnelEnd, Watch};
pub(crate) use self::forwarding::{Peer, gateway_name};
pub(crate) use self::headers::HEAD_SIZE;
pub(crate) use self::large_chunks::in_pages;
pub(crate) use self::resolve::Resolver;
pub(crate) use self::unread::Unread;

/// The body of a response, as it goes.
pub(crate) type Outbound = Passed<Answer>;

/// Finds the route of a request, and answers it with the response of a server.
pub(crate) struct Gateway {
    routes: Vec<Served>,
    forwarding: Forwarding,
    common: Common,
}

/// The facts about a request that its response needs.
struct Underway<'g> {
    route: &'g Served,
    variables: Option<Arc<Variables>>,
    tunnel: Option<Tunnel>,
    permit: OwnedSemaphorePermit,
    /// The response to `HEAD` has no body.
    is_head: bool,
}

impl Gateway {
    pub(crate) fn new(config: Config, clients: &mut Clients, common: Common) -> Self {
        let (timeouts, pool) = (config.timeouts, config.pool);
        let mut served = |route: Route| Served::new(route, timeouts, pool, clients, &common);
        let routes = config.routes.into_iter().map(&mut served).collect();
        Self { routes, forwarding: Forwarding::new(config.trusted_proxies, &common.name), common }
    }

    /// Fills each budget to the level of the same route in `old`.
    ///
    /// A full budget would allow a wave of retries.
    pub(crate) fn filled_as(mut self, old: &Self) -> Self {
        for served in &mut self.routes {
            if let Some(old) = old.routes.iter().find(|old| old.route.id == served.route.id) {
                served.fill_as(old, &self.common);
            }
        }
        self
    }

    /// The names of the routes.
    pub(crate) fn names(&self) -> impl Iterator<Item = &Arc<str>> {
        self.routes.iter().map(|served| &served.name)
    }

    /// Instances that rest, by route.
    pub(crate) fn resting(&self) -> impl Iterator<Item = (&str, usize)> {
        self.routes.iter().map(|served| (served.route.id.as_str(), served.resting()))
    }

    /// The tokens left in the budgets, by route.
    pub(crate) fn budgets(&self) -> impl Iterator<Item = (&str, f64)> {
        self.routes.iter().filter_map(|served| Some((served.route.id.as_str(), served.budget()?)))
    }

    /// Reports what a client has sent instead of a request.
    pub(crate) fn unreadable(&self, error: &hyper::Error) {
        if let Some(watch) = self.common.watch.as_ref().filter(|_| error.is_parse()) {
            let status = if error.is_parse_too_large() {
                StatusCode::REQUEST_HEADER_FIELDS_TOO_LARGE
            } else {
                StatusCode::BAD_REQUEST
            };
            watch.refused(None, status, &error.to_string());
        }
    }

    /// The response to a request: a server's, or one that says why there is none.
    pub(crate) async fn answer(&self, request: Request<Incoming>, peer: &Arc<Peer>) -> Response<Outbound> {
        let Some(watch) = &self.common.watch else {
            return self.admit(request, peer).await.1.map(Passed::new);
        };
        let number = self.common.numbers.fetch_add(1, Ordering::Relaxed).saturating_add(1);
        events::REQUEST.scope(number, self.watched(request, peer, watch, number)).await
    }

    async fn watched(
        &self,
        request: Request<Incoming>,
        peer: &Arc<Peer>,
        watch: &Arc<dyn Watch>,
        number: u64,
    ) -> Response<Outbound> {
        let waiting = Waiting::new(watch, number, &request);
        let (route, response) = self.admit(request, peer).await;
        waiting.end(route, response, self.common.patience)
    }

    /// The response to a request, if there is room for one more; with its route.
    async fn admit(
        &self,
        request: Request<Incoming>,
        peer: &Arc<Peer>,
    ) -> (Option<&Arc<str>>, Response<Answer>) {
        let version = request.version();
        let (call, underway) = match self.start(request, peer) {
            Ok(started) => started,
            Err(refused) => {
                refused.tell(self.common.watch.as_deref());
                return (refused.route, as_asked(refused.refusal.into_response(), version));
            }
        };
        let response = call.await;
        let route = &underway.route.name;
        let answer = self.finish(response, underway).await.unwrap_or_else(Refusal::into_response);
        (Some(route), as_asked(answer, version))
    }

    /// Finds the route of a request and sends it. Nothing here waits, so that little has to be kept while the response is
    /// awaited.
    fn start(
        &self,
        mut request: Request<Incoming>,
        peer: &Arc<Peer>,
    ) -> Result<(Call, Underway<'_>), Refused<'_>> {
        let permit = Arc::clone(&self.common.requests).try_acquire_owned();
        let permit =
            permit.map_err(|_| Refusal(StatusCode::SERVICE_UNAVAILABLE, "too many requests at once"))?;
        if request.method() == Method::CONNECT {
            Err(Refusal(StatusCode::METHOD_NOT_ALLOWED, "this gateway opens no tunnels"))?;
        }
        let host = target::host(&request)?;
        framing::check(request.headers())?;
        let name = host.to_str().expect("a host that was read is text");
        let is_head = request.method() == Method::HEAD;
        let tunnel = Tunnel::asked(&mut request, peer);
        let (mut head, body) = request.into_parts();
        let body = Whole::new(body, head.version);
        if !headers::count_hop(&head.method, &mut head.headers) {
            Err(Refusal(StatusCode::OK, "this gateway is as far as the request may go"))?;
        }
        let asked = Asked::new(name, &head, peer.address());
        let route = self.routes.iter().find(|served| served.route.matches(&asked));
        let route = route.ok_or(Refusal(StatusCode::NOT_FOUND, "no route matches this request"))?;
        let tunnel = tunnel.filter(|_| !route.route.http2);
        self.forward(&mut head, peer, &host, tunnel.is_some())
            .map_err(|_| Refusal(StatusCode::LOOP_DETECTED, "this request has been here before"))?;
        let sent = route.send(name, head, body, self.common.patience);
        let (call, variables) = sent.map_err(|refusal| Refused { route: Some(&route.name), refusal })?;
        Ok((call, Underway { route, variables, tunnel, permit, is_head }))
    }

    /// Makes what came of a request ready for its client.
    async fn finish(
        &self,
        response: Result<Response<PooledBody>, UpstreamError>,
        underway: Underway<'_>,
    ) -> Result<Response<Answer>, Refusal> {
        let Underway { route, variables, tunnel, permit, is_head } = underway;
        let response = route.receive(response, variables.as_deref())?;
        Ok(Guarded::begun(self.pass_on(response, route, tunnel, permit, is_head))
            .await
            .unwrap_or_else(Refusal::broken))
    }

    /// Turns the head of a request into the head of the gateway's own request.
    fn forward(
        &self,
        head: &mut Parts,
        peer: &Peer,
        host: &HeaderValue,
        upgrades: bool,
    ) -> Result<(), forwarding::Loop> {
        headers::strip_hop_by_hop(&mut head.headers);
        if upgrades {
            headers::say_websocket(&mut head.headers);
        }
        self.forwarding.request(head, peer, host)?;
        if head.version == Version::HTTP_2 {
            headers::join_cookies(&mut head.headers);
        }
        head.version = Version::HTTP_11;
        head.headers.remove(header::HOST);
        Ok(())
    }

    fn pass_on(
        &self,
        mut response: Response<PooledBody>,
        route: &Served,
        tunnel: Option<Tunnel>,
        permit: OwnedSemaphorePermit,
        is_head: bool,
    ) -> Response<Answer> {
        let version = response.version();
        self.forwarding.response(response.headers_mut(), version);
        let patience = headers::patience(response.headers(), self.common.patience);
        match tunnel {
            Some(tunnel) if response.status() == StatusCode::SWITCHING_PROTOCOLS => {
                let passage = Passage::new(self.common.watch.clone(), Arc::clone(&route.name));
                tunnel.open(&mut response, permit, patience, passage);
                response.map(|_| Guarded::new(Either::Right(Full::default()), None, None))
            }
            // In HTTP/2, a server can send DATA after a head that has no body.
            _ if is_head || headers::has_no_body(response.status()) => {
                response.map(|_| Guarded::new(Either::Right(Full::default()), None, None))
            }
            _ => response.map(|body| Guarded::new(Either::Left(body), None, patience).holding(permit)),
        }
    }
}

/// A response in the version that its client speaks.
fn as_asked(mut response: Response<Answer>, version: Version) -> Response<Answer> {
    *response.version_mut() = if version == Version::HTTP_2 { version } else { Version::HTTP_11 };
    response
}
