//! [`Upstream`]: sends one attempt of a request to a server of a route.

use std::pin::{Pin, pin};
use std::sync::Arc;
use std::task::{Context, Poll};
use std::time::Instant;

use http::uri::{Authority, PathAndQuery, Scheme};
use http::{Method, Request, Response, StatusCode, Uri, header};
use persevere::Attempt;
use persevere_http::{HeadTimeout, KeptBody, ReplayBody, TransportFailure};
use tower::Service;

use super::balance::Server;
use super::causes::WithCauses;
use super::dispatch::{Dispatch, Sign};
use super::events::{self, Outcome, Watch};
use super::fault::FailedBody;
use super::guarded::BodyError;
use super::pool::{AttemptBody, PooledBody, SendError};
use super::response_head::{self, Inconsistent};
use super::upload::Upload;
use super::whole::Inbound;
use super::{framing, headers};
use crate::config::{BadEdit, Edit, Variables};
use crate::pace::Patience;
use crate::time::{now, since};

/// Why there is no response.
#[derive(Debug, thiserror::Error)]
pub(crate) enum UpstreamError {
    #[error(transparent)]
    Transport(#[from] SendError),
    #[error(transparent)]
    Body(#[from] FailedBody),
    #[error(transparent)]
    Inconsistent(#[from] Inconsistent),
    #[error("the upstream takes too little of the request")]
    NotTaken(#[source] HeadTimeout),
    #[error("the upstream switches to a protocol that the request did not ask for")]
    Unasked,
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
            (_, Some(BodyError::Source(_))) => {
                (StatusCode::BAD_REQUEST, "the body of this request is broken")
            }
            (Self::NotTaken(_), _) => {
                (StatusCode::GATEWAY_TIMEOUT, "the server does not take the body of the request")
            }
            (Self::Edit(_), _) => {
                (StatusCode::BAD_REQUEST, "the filters of this route make no valid request of this one")
            }
            _ => match self.failure() {
                Some(TransportFailure::HeadTimeout) => (StatusCode::GATEWAY_TIMEOUT, "no response in time"),
                Some(TransportFailure::NotSent) => (StatusCode::BAD_GATEWAY, "the server cannot be reached"),
                _ => (StatusCode::BAD_GATEWAY, "no response"),
            },
        }
    }

    fn failure(&self) -> Option<TransportFailure> {
        match self {
            Self::Transport(error) => TransportFailure::of(error),
            Self::NotTaken(_) => Some(TransportFailure::HeadTimeout),
            Self::Body(_) | Self::Inconsistent(_) | Self::Unasked | Self::Edit(_) => None,
        }
    }

    /// A short name for counters.
    fn name(&self) -> &'static str {
        match self {
            _ if BodyError::among(self).is_some() => "request_body",
            Self::Body(_) => "request_body",
            Self::Unasked => "unasked_upgrade",
            Self::Edit(_) => "bad_edit",
            Self::NotTaken(_) => "upload_stalled",
            Self::Inconsistent(_) => TransportFailure::BadHead.as_str(),
            Self::Transport(_) => self.failure().map_or("unknown", TransportFailure::as_str),
        }
    }
}

/// Sends one attempt of a request to a server of a route. Clones are the same.
#[derive(Clone)]
pub(crate) struct Upstream(Arc<Settings>);

/// The settings that all attempts share.
pub(crate) struct Settings {
    pub(crate) dispatch: Dispatch,
    pub(crate) route: String,
    /// The limit for a server that takes too little of the request.
    pub(crate) patience: Option<Patience>,
    /// Run for each attempt.
    pub(crate) edits: Vec<Edit>,
    pub(crate) watch: Option<Arc<dyn Watch>>,
}

/// A request as each attempt gets it.
type Attempted = Request<AttemptBody>;

/// The facts about a request that are kept until its response comes.
struct Sent {
    /// `None` without a [`Watch`].
    told: Option<Told>,
    variables: Option<Arc<Variables>>,
    method: Method,
    wants_upgrade: bool,
}

/// The facts about an attempt that its [`Watch`] gets.
struct Told {
    started: Instant,
    number: u32,
    method: Method,
    uri: Uri,
    kept: Option<KeptBody>,
}

impl Upstream {
    pub(crate) fn new(settings: Settings) -> Self {
        Self(Arc::new(settings))
    }

    /// Returns true if attempts should remember which servers they have tried.
    pub(crate) fn may_choose(&self) -> bool {
        self.0.dispatch.balance.may_choose()
    }

    /// Instances that rest.
    pub(crate) fn resting(&self) -> usize {
        self.0.dispatch.balance.resting()
    }
}

impl Settings {
    async fn attempt(
        self: Arc<Self>,
        request: Attempted,
        upload: Option<Upload>,
    ) -> Result<Response<PooledBody>, UpstreamError> {
        let fault = request.body().fault();
        let (request, sent) = self.prepare(request)?;
        let mut chosen = None;
        let response = {
            // Pinned here, the future is not stored once more inside of the limit.
            let response = pin!(self.dispatch.send(request, &mut chosen));
            Upload::unless_stalled(upload, response).await
        };
        let outcome = match response {
            Some(response) => response.map_err(|error| match fault.of_client() {
                Some(failed) => failed.into(),
                None => error.into(),
            }),
            None => Err(UpstreamError::NotTaken(HeadTimeout::new())),
        };
        let outcome = outcome.and_then(|response| self.receive(response, &sent));
        self.dispatch.learn(&mut chosen, sign(&outcome));
        self.tell(&sent, chosen.as_ref().map(|chosen| &*chosen.server), &outcome);
        outcome
    }

    /// Makes an attempt ready: its edits are done.
    fn prepare(&self, mut request: Attempted) -> Result<(Attempted, Sent), BadEdit> {
        if let Some(kept) = request.body().kept() {
            request.extensions_mut().insert(kept);
        }
        let variables = request.extensions().get::<Arc<Variables>>().cloned();
        if !self.edits.is_empty() {
            let (mut head, body) = request.into_parts();
            let variables = variables.as_deref().unwrap_or_default();
            self.edits.iter().try_for_each(|edit| edit.request(&mut head, variables))?;
            request = Request::from_parts(head, body);
        }
        request = framing::set(request);
        let told = self.watch.as_ref().map(|_| Told {
            started: now(),
            number: request.extensions().get::<Attempt>().map_or(1, Attempt::number),
            method: request.method().clone(),
            uri: request.uri().clone(),
            kept: request.extensions().get().cloned(),
        });
        let wants_upgrade = request.headers().contains_key(header::UPGRADE);
        let method = request.method().clone();
        Ok((request, Sent { told, variables, method, wants_upgrade }))
    }

    /// Makes a response ready to be passed on.
    fn receive(
        &self,
        mut response: Response<PooledBody>,
        sent: &Sent,
    ) -> Result<Response<PooledBody>, UpstreamError> {
        let switches = response.status() == StatusCode::SWITCHING_PROTOCOLS;
        if switches && !(sent.wants_upgrade && headers::wants_websocket(response.headers())) {
            return Err(UpstreamError::Unasked);
        }
        response_head::check(&mut response, &sent.method)?;
        headers::strip_response(response.status(), response.headers_mut());
        let variables = sent.variables.as_deref().unwrap_or_default();
        self.edits.iter().rev().try_for_each(|edit| edit.response(&mut response, variables))?;
        Ok(response)
    }

    fn tell(
        &self,
        sent: &Sent,
        server: Option<&Server>,
        outcome: &Result<Response<PooledBody>, UpstreamError>,
    ) {
        let (Some(watch), Some(told)) = (&self.watch, &sent.told) else { return };
        let failure;
        let outcome = match outcome {
            Ok(response) => Outcome::Response(response.status()),
            Err(error) => {
                failure = WithCauses(error);
                Outcome::Failure(error.name(), &failure)
            }
        };
        let Told { started, number, method, uri, kept } = told;
        // If the name of a server has no address, there is none.
        let authority = server.map(|server| &server.authority).or(self.dispatch.balance.authority());
        let (Some(authority), route, number, took) = (authority, &*self.route, *number, since(*started))
        else {
            return;
        };
        let uri = &address(uri.clone(), server.map_or(&Scheme::HTTP, |server| &server.scheme), authority);
        let address = server.filter(|server| server.is_named).map(|server| server.address);
        let kept = kept.as_ref().map(KeptBody::bytes);
        let server = authority;
        watch.tried(&events::Tried { route, number, server, address, method, uri, kept, outcome, took });
    }
}

/// Returns what an attempt says about its server.
fn sign(outcome: &Result<Response<PooledBody>, UpstreamError>) -> Sign {
    match outcome {
        Ok(response) => Sign::of_response(response),
        Err(error) if BodyError::among(error).is_some() => Sign::Nothing,
        Err(UpstreamError::Transport(error)) => Sign::of_failure(error),
        Err(UpstreamError::Inconsistent(_) | UpstreamError::NotTaken(_) | UpstreamError::Unasked) => {
            Sign::BAD
        }
        Err(UpstreamError::Edit(_) | UpstreamError::Body(_)) => Sign::Nothing,
    }
}

/// Returns the URI with the scheme and the authority of the server.
///
/// Path and query stay byte for byte as they came. A fragment has no place in a request and is gone.
fn address(uri: Uri, scheme: &Scheme, authority: &Authority) -> Uri {
    let mut parts = uri.into_parts();
    parts.scheme = Some(scheme.clone());
    parts.authority = Some(authority.clone());
    parts.path_and_query.get_or_insert_with(|| PathAndQuery::from_static("/"));
    Uri::from_parts(parts).expect("scheme, authority and path make a URI")
}

/// An attempt under way.
pub(crate) struct Sending(Pin<Box<dyn Future<Output = Result<Response<PooledBody>, UpstreamError>> + Send>>);

impl Future for Sending {
    type Output = Result<Response<PooledBody>, UpstreamError>;

    fn poll(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Self::Output> {
        self.0.as_mut().poll(context)
    }
}

impl Service<Request<ReplayBody<Inbound>>> for Upstream {
    type Response = Response<PooledBody>;
    type Error = UpstreamError;
    type Future = Sending;

    fn poll_ready(&mut self, _: &mut Context<'_>) -> Poll<Result<(), UpstreamError>> {
        Poll::Ready(Ok(())) // its pool opens connections as they are needed
    }

    fn call(&mut self, request: Request<ReplayBody<Inbound>>) -> Sending {
        let (head, body) = request.into_parts();
        let (body, upload) = Upload::of(body, self.0.patience);
        let request = Request::from_parts(head, AttemptBody::new(body));
        Sending(Box::pin(Arc::clone(&self.0).attempt(request, upload)))
    }
}
