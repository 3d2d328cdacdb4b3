//! [`Dispatch`]: sends an attempt to one of the servers of a route.

use std::sync::Arc;
use std::time::{Duration, Instant};

use http::{Request, Response, StatusCode, header};
use persevere_http::{FreshConnection, NotConnected, TransportFailure, retry_after};

use super::balance::{Balance, Chosen, Fault, Server, Tried};
use super::events::Watch;
use super::pool::{AttemptBody, Destination, HeadLimit, Pool, PooledBody, SendError, Wish};
use crate::config::ResponseFrom;
use crate::time::{now, since};
use crate::worker::Each;

/// Sends an attempt to one of the servers of a route.
pub(crate) struct Dispatch {
    pub(crate) pools: Each<Arc<Pool>>,
    pub(crate) balance: Balance,
    pub(crate) connect_timeout: Option<Duration>,
    pub(crate) response_timeout: Option<Duration>,
    pub(crate) response_from: ResponseFrom,
    pub(crate) watch: Option<Arc<dyn Watch>>,
}

/// The meaning of an attempt's end for the health of its server.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Sign {
    Good,
    Bad(Fault),
    /// The cause lies elsewhere.
    Nothing,
}

impl Dispatch {
    /// Sends an attempt to a server and leaves the server in `chosen`.
    ///
    /// If one address of a name cannot be reached, the attempt continues with the next address.
    pub(crate) async fn send(
        &self,
        mut request: Request<AttemptBody>,
        chosen: &mut Option<Chosen>,
    ) -> Result<Response<PooledBody>, SendError> {
        let begun = now();
        // The time for a connection begins after a look-up.
        let mut connecting = begun;
        let tried = request.extensions().get::<Arc<Tried>>().cloned();
        let choice = if let Some(choice) = self.balance.choice() {
            choice
        } else {
            let limit = self.connect_timeout.into_iter().chain(self.left(begun)).min();
            let looked_up = Box::pin(self.balance.looked_up(limit)).await;
            connecting = now();
            looked_up.map_err(|unresolved| SendError::Connect(NotConnected::new(unresolved)))?
        };
        let fresh = request.extensions().get::<FreshConnection>().is_some();
        let upgradable = request.headers().contains_key(header::UPGRADE);
        let mut failed = Vec::new();
        let mut current = self.balance.choose(&choice, tried.as_deref());
        loop {
            let server = Arc::clone(&current.server);
            *chosen = Some(current);
            let has_others = choice.others(&server, &failed).next().is_some();
            let connect_within = self.share(connecting, has_others);
            let wish = Wish { fresh, connect_within, head: self.head_limit(begun) };
            let pool = Arc::clone(self.pools.own());
            let (error, unsent) = match pool.send(destination(&server, upgradable), wish, request).await {
                Ok(response) => return Ok(response),
                Err(unanswered) => unanswered,
            };
            let (SendError::Connect(_), Some(unsent)) = (&error, unsent) else { return Err(error) };
            failed.push(server);
            let left = self.share(connecting, false);
            match self.balance.instead(&choice, &failed, tried.as_deref()) {
                Some(next) if left.is_none_or(|left| !left.is_zero()) => {
                    self.learn(chosen, Sign::UNREACHABLE);
                    (current, request) = (next, unsent);
                }
                _ => return Err(error),
            }
        }
    }

    /// Counts the end of an attempt for the health of its server.
    pub(crate) fn learn(&self, chosen: &mut Option<Chosen>, sign: Sign) {
        let Some(chosen) = chosen else { return };
        let change = match sign {
            Sign::Good => chosen.succeeded(),
            Sign::Bad(fault) => chosen.failed(fault),
            Sign::Nothing => None,
        };
        if let (Some(change), Some(watch)) = (change, &self.watch) {
            watch.changed(&chosen.server, change);
        }
    }

    /// Returns the time for one connection: half of the remaining connect timeout if there are other addresses.
    fn share(&self, connecting: Instant, has_others: bool) -> Option<Duration> {
        let left = self.connect_timeout?.saturating_sub(since(connecting));
        Some(if has_others { left.checked_div(2).unwrap_or(left) } else { left })
    }

    fn head_limit(&self, begun: Instant) -> HeadLimit {
        match (self.response_timeout, self.response_from) {
            (Some(limit), ResponseFrom::Sent) => HeadLimit::AfterRequest(limit),
            (limit, _) => HeadLimit::At(limit.and_then(|limit| begun.checked_add(limit))),
        }
    }

    /// Returns the remaining time for the response, if that time has begun.
    fn left(&self, begun: Instant) -> Option<Duration> {
        let limit = self.response_timeout.filter(|_| self.response_from == ResponseFrom::Start)?;
        Some(limit.saturating_sub(since(begun)))
    }
}

fn destination(server: &Server, upgradable: bool) -> Destination {
    let Server { scheme, authority, address, .. } = server;
    Destination { scheme: scheme.clone(), authority: authority.clone(), address: *address, upgradable }
}

impl Sign {
    const UNREACHABLE: Self = Self::Bad(Fault { is_unreachable: true, asked: None });

    /// The sign of a response that cannot be used.
    pub(crate) const BAD: Self = Self::Bad(Fault { is_unreachable: false, asked: None });

    /// The sign of a response.
    pub(crate) fn of_response(response: &Response<PooledBody>) -> Self {
        let (status, headers) = (response.status(), response.headers());
        match status {
            StatusCode::NOT_IMPLEMENTED | StatusCode::HTTP_VERSION_NOT_SUPPORTED => Self::Good,
            StatusCode::SERVICE_UNAVAILABLE => {
                Self::Bad(Fault { is_unreachable: false, asked: retry_after(headers) })
            }
            _ if status.is_server_error()
                || headers.get("grpc-status").is_some_and(|code| code == UNAVAILABLE) =>
            {
                Self::BAD
            }
            _ => Self::Good,
        }
    }

    /// The sign of an exchange without a response.
    pub(crate) fn of_failure(error: &SendError) -> Self {
        // The server refuses streams and closes idle connections as it may, or the cause is on this side.
        let is_elsewhere = || {
            use TransportFailure::{Local, NotSent, Refused, ReusedClosed};
            matches!(TransportFailure::of(error), Some(NotSent | Refused | Local | ReusedClosed))
        };
        match error {
            SendError::Connect(_) => Self::UNREACHABLE,
            SendError::Busy(_) => Self::Nothing,
            _ if is_elsewhere() => Self::Nothing,
            _ => Self::BAD,
        }
    }
}

/// The code of gRPC for a server that cannot serve at the moment.
const UNAVAILABLE: &str = "14";
