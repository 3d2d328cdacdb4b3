//! [`Pool`]: the connections to servers that one thread keeps for later requests.
//!
//! An exchange takes a connection and gives it back only after both bodies have ended. A request may ask for a connection
//! that has never been used, because another old one could be as dead as the one before.

mod body;
mod connector;
mod destination;
mod driver;
mod error;
mod exchange;
mod handed;
mod http1;
mod http2;
mod io;
mod quota;
mod server;
mod stock;

use std::collections::HashMap;
use std::sync::{Arc, Mutex, PoisonError, Weak};
use std::time::Instant;

use http::{Request, Response};

use self::error::Unanswered;
use self::http1::SWEEP;
use self::quota::Quotas;
use self::server::Server;
use crate::config::PoolLimits;
use crate::time::{now, pause};

pub(crate) use self::body::PooledBody;
pub(crate) use self::connector::Connector;
pub(crate) use self::destination::{Destination, Wish};
pub(crate) use self::error::SendError;
pub(crate) use self::handed::{AttemptBody, HeadLimit};

/// The most closed connections that a request finds before it opens a new one.
const STALE_TRIES: usize = 3;

/// The connections to servers that one thread keeps.
#[derive(Debug)]
pub(crate) struct Pool {
    connector: Connector,
    limits: PoolLimits,
    quotas: Arc<Quotas>,
    servers: Mutex<Servers>,
}

#[derive(Debug, Default)]
struct Servers {
    by_destination: HashMap<Destination, Arc<Server>>,
    is_swept: bool,
}

impl Pool {
    /// Creates the pool of one thread, which shares its `quotas` with the other threads.
    pub(crate) fn new(connector: Connector, limits: PoolLimits, quotas: Arc<Quotas>) -> Arc<Self> {
        Arc::new(Self { connector, limits, quotas, servers: Mutex::default() })
    }

    /// The quotas that pools with these limits share.
    pub(crate) fn quotas(limits: PoolLimits) -> Arc<Quotas> {
        Arc::new(Quotas::new(limits.max_connections))
    }

    /// Sends a request on a connection of this pool, or on a new one.
    ///
    /// # Errors
    ///
    /// Returns an error if there is no connection in time, or if the exchange fails before the head of the response. The
    /// error comes with the request if not a byte of it was written.
    ///
    /// # Cancellation
    ///
    /// Dropping the future closes the connection of HTTP/1.1, or resets the stream of HTTP/2.
    pub(crate) async fn send(
        self: Arc<Self>,
        destination: Destination,
        wish: Wish,
        mut request: Request<AttemptBody>,
    ) -> Result<Response<PooledBody>, Unanswered> {
        let server = self.server(&destination);
        let mut stale = 0_usize;
        loop {
            let wish = Wish { fresh: wish.fresh || stale >= STALE_TRIES, ..wish };
            // A future that may connect is large, and most requests find a connection that is open.
            let lease = match server.take_open(self.limits, wish.fresh) {
                Some(lease) => lease,
                None => match Box::pin(server.take(&self.connector, self.limits, wish)).await {
                    Ok(lease) => lease,
                    Err(error) => return Err((error, Some(request))),
                },
            };
            match lease.exchange(&destination, request, wish.head).await {
                // It was given back before a byte of it was written: another connection can have it.
                Err((_, Some(unsent))) if !wish.fresh => request = unsent,
                result => return result,
            }
            stale = stale.saturating_add(1);
        }
    }

    fn server(self: &Arc<Self>, destination: &Destination) -> Arc<Server> {
        let mut servers = self.servers.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(server) = servers.by_destination.get(destination) {
            return Arc::clone(server);
        }
        if !servers.is_swept {
            servers.is_swept = true;
            tokio::spawn(sweep(Arc::downgrade(self)));
        }
        let server = Arc::new(Server::new(destination.clone(), self.quotas.of(destination)));
        servers.by_destination.insert(destination.clone(), Arc::clone(&server));
        server
    }

    /// Closes what has been idle for too long, and forgets servers without connections.
    fn tidy(&self, now: Instant) {
        let mut servers = self.servers.lock().unwrap_or_else(PoisonError::into_inner);
        // A request that holds a server may be about to connect.
        servers
            .by_destination
            .retain(|_, server| server.tidy(self.limits, now) || Arc::strong_count(server) > 1);
        drop(servers);
        self.quotas.tidy();
    }
}

async fn sweep(pool: Weak<Pool>) {
    loop {
        pause(SWEEP).await;
        let Some(pool) = pool.upgrade() else { return };
        pool.tidy(now());
    }
}
