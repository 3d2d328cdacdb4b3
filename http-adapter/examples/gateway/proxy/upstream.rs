//! [`Upstream`]: sends one attempt of a request to a server of a route.

use std::error::Error;
use std::fmt;
use std::future::{Future, ready};
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll};
use std::time::Duration;

use http::uri::PathAndQuery;
use http::{Method, Request, Response, StatusCode, Uri, header};
use hyper::body::Incoming;
use persevere::Attempt;
use persevere_http::{HeadTimeout, ReplayBody, TransportFailure};
use tower::Service;

use super::Inbound;
use super::balance::{Balance, Tried};
use super::client::HttpClient;
use super::guarded::BodyError;
use super::headers;
use super::watch::{self, Outcome, Watch};
use crate::config::{BadEdit, Edit, Instance, Variables};
use crate::time::{now, since, within};

/// Why there is no response.
#[derive(Debug, thiserror::Error)]
pub(crate) enum UpstreamError {
    #[error("the exchange failed")]
    Transport(#[source] hyper_util::client::legacy::Error),
    #[error("the upstream changes the protocol, which nobody asked for")]
    Unasked,
    #[error("the upstream is too slow")]
    Timeout(#[source] HeadTimeout),
    #[error(transparent)]
    Edit(#[from] BadEdit),
}

impl UpstreamError {
    /// The status that tells a client of it.
    pub(crate) fn status(&self) -> (StatusCode, &'static str) {
        match (self, BodyError::among(self)) {
            (_, Some(BodyError::TooLarge)) => {
                (StatusCode::PAYLOAD_TOO_LARGE, "the body is larger than this route allows")
            }
            (_, Some(BodyError::Stalled)) => {
                (StatusCode::REQUEST_TIMEOUT, "the rest of the body did not come")
            }
            (Self::Timeout(_), _) => (StatusCode::GATEWAY_TIMEOUT, "no response in time"),
            (Self::Edit(_), _) => {
                (StatusCode::BAD_REQUEST, "the filters of this route make no valid request of this one")
            }
            (Self::Transport(_) | Self::Unasked, _) => (StatusCode::BAD_GATEWAY, "no response"),
        }
    }

    /// A short name for counters.
    fn name(&self) -> &'static str {
        match self {
            Self::Unasked => "unasked_upgrade",
            Self::Edit(_) => "bad_edit",
            Self::Transport(_) | Self::Timeout(_) => {
                TransportFailure::of(self).map_or("unknown", TransportFailure::as_str)
            }
        }
    }
}

/// An error with its causes on one line.
struct WithCauses<'e>(&'e UpstreamError);

impl fmt::Display for WithCauses<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}", self.0)?;
        let mut causes = std::iter::successors(self.0.source(), |&cause| cause.source());
        causes.try_for_each(|cause| write!(f, ": {cause}"))
    }
}

/// Sends one attempt of a request to a server of a route. Clones are the same.
#[derive(Clone)]
pub(crate) struct Upstream(Arc<Settings>);

/// What all attempts have in common.
pub(crate) struct Settings {
    pub(crate) client: HttpClient,
    pub(crate) route: String,
    pub(crate) balance: Balance,
    pub(crate) response_timeout: Option<Duration>,
    /// Run for each attempt.
    pub(crate) edits: Vec<Edit>,
    pub(crate) watch: Arc<dyn Watch>,
}

/// What is remembered of a request while its response is awaited.
struct Sent {
    server: Instance,
    number: u32,
    method: Method,
    uri: Uri,
    variables: Option<Arc<Variables>>,
    wants_upgrade: bool,
}

impl Upstream {
    pub(crate) fn new(settings: Settings) -> Self {
        Self(Arc::new(settings))
    }

    /// Whether attempts should remember which servers they have tried.
    pub(crate) fn is_choice(&self) -> bool {
        self.0.balance.is_choice()
    }
}

impl Settings {
    /// Makes an attempt ready: its edits are done and it leads to a server.
    fn prepare(
        &self,
        request: Request<ReplayBody<Inbound>>,
    ) -> Result<(Request<ReplayBody<Inbound>>, Sent), BadEdit> {
        let (mut head, body) = request.into_parts();
        let variables = head.extensions.get::<Arc<Variables>>().cloned();
        let none = Variables::new();
        self.edits
            .iter()
            .try_for_each(|edit| edit.request(&mut head, variables.as_deref().unwrap_or(&none)))?;
        let server = self.balance.choose(head.extensions.get::<Arc<Tried>>().map(Arc::as_ref)).clone();
        let number = head.extensions.get::<Attempt>().map_or(1, Attempt::number);
        head.uri = address(std::mem::take(&mut head.uri), &server);
        let wants_upgrade = head.headers.contains_key(header::UPGRADE);
        let sent = Sent {
            server,
            number,
            method: head.method.clone(),
            uri: head.uri.clone(),
            variables,
            wants_upgrade,
        };
        Ok((Request::from_parts(head, body), sent))
    }

    async fn exchange(
        &self,
        request: Request<ReplayBody<Inbound>>,
        sent: Sent,
    ) -> Result<Response<Incoming>, UpstreamError> {
        let started = now();
        let response = self.client.request(request);
        let outcome = match self.response_timeout {
            Some(limit) => match within(limit, response).await {
                Some(response) => response.map_err(UpstreamError::Transport),
                None => Err(UpstreamError::Timeout(HeadTimeout::new())),
            },
            None => response.await.map_err(UpstreamError::Transport),
        };
        let outcome = outcome.and_then(|response| self.receive(response, &sent));
        self.tell(&sent, &outcome, since(started));
        outcome
    }

    /// Makes a response ready to be passed on.
    fn receive(
        &self,
        mut response: Response<Incoming>,
        sent: &Sent,
    ) -> Result<Response<Incoming>, UpstreamError> {
        let switches = response.status() == StatusCode::SWITCHING_PROTOCOLS;
        if switches && !(sent.wants_upgrade && headers::wants_websocket(response.headers())) {
            return Err(UpstreamError::Unasked);
        }
        headers::strip_hop_by_hop(response.headers_mut());
        let none = Variables::new();
        let variables = sent.variables.as_deref().unwrap_or(&none);
        self.edits.iter().try_for_each(|edit| edit.response(response.headers_mut(), variables))?;
        Ok(response)
    }

    fn tell(&self, sent: &Sent, outcome: &Result<Response<Incoming>, UpstreamError>, took: Duration) {
        let causes = outcome.as_ref().err().map(WithCauses);
        let outcome = match (outcome, &causes) {
            (Ok(response), _) => Outcome::Response(response.status()),
            (Err(error), Some(causes)) => Outcome::Failure(error.name(), causes),
            (Err(error), None) => Outcome::Failure(error.name(), error),
        };
        let (server, method) = (&sent.server.authority, &sent.method);
        self.watch.tried(&watch::Tried {
            route: &self.route,
            number: sent.number,
            server,
            method,
            uri: &sent.uri,
            outcome,
            took,
        });
    }
}

/// Path and query stay byte for byte as they came (a fragment has no place in a request and is gone); the host is the
/// server's.
fn address(uri: Uri, server: &Instance) -> Uri {
    let mut parts = uri.into_parts();
    parts.scheme = Some(server.scheme.clone());
    parts.authority = Some(server.authority.clone());
    parts.path_and_query.get_or_insert_with(|| PathAndQuery::from_static("/"));
    Uri::from_parts(parts).expect("scheme, authority and path make a URI")
}

impl Service<Request<ReplayBody<Inbound>>> for Upstream {
    type Response = Response<Incoming>;
    type Error = UpstreamError;
    type Future = Pin<Box<dyn Future<Output = Result<Response<Incoming>, UpstreamError>> + Send>>;

    fn poll_ready(&mut self, _: &mut Context<'_>) -> Poll<Result<(), UpstreamError>> {
        Poll::Ready(Ok(())) // as its client always is
    }

    fn call(&mut self, request: Request<ReplayBody<Inbound>>) -> Self::Future {
        let settings = Arc::clone(&self.0);
        match settings.prepare(request) {
            Ok((request, sent)) => Box::pin(async move { settings.exchange(request, sent).await }),
            Err(bad) => Box::pin(ready(Err(bad.into()))),
        }
    }
}
