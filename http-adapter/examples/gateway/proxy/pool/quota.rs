//! [`Quotas`]: how many connections each server may have, on all threads together.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, PoisonError, Weak};

use tokio::sync::{OwnedSemaphorePermit, Semaphore};

use super::Destination;
use super::server::Server;

/// How many connections each server may have, on all threads together.
#[derive(Debug)]
pub(crate) struct Quotas {
    /// Connections to one server.
    limit: Option<usize>,
    by_destination: Mutex<HashMap<Destination, Arc<Quota>>>,
}

/// How many connections one server may have, and who keeps them.
#[derive(Debug)]
pub(super) struct Quota {
    /// `None` if there is no limit.
    permits: Option<Arc<Semaphore>>,
    /// The servers of all threads.
    servers: Mutex<Vec<Weak<Server>>>,
}

/// The right to have one connection; given back when it is dropped.
pub(super) type Permit = Option<OwnedSemaphorePermit>;

impl Quotas {
    pub(super) fn new(limit: Option<usize>) -> Self {
        Self { limit, by_destination: Mutex::default() }
    }

    /// Creates a server for the connections of one more thread.
    pub(super) fn server(&self, destination: &Destination) -> Arc<Server> {
        let mut quotas = self.by_destination.lock().unwrap_or_else(PoisonError::into_inner);
        let quota = quotas.entry(destination.clone()).or_insert_with(|| {
            let permits = self.limit.map(|limit| Arc::new(Semaphore::new(limit.min(Semaphore::MAX_PERMITS))));
            Arc::new(Quota { permits, servers: Mutex::default() })
        });
        let server = Arc::new(Server::new(destination.clone(), Arc::clone(quota)));
        let mut servers = quota.servers.lock().unwrap_or_else(PoisonError::into_inner);
        servers.retain(|server| server.strong_count() > 0);
        servers.push(Arc::downgrade(&server));
        drop(servers);
        server
    }

    /// Forgets servers that no thread has to do with.
    pub(super) fn tidy(&self) {
        let mut quotas = self.by_destination.lock().unwrap_or_else(PoisonError::into_inner);
        quotas.retain(|_, quota| Arc::strong_count(quota) > 1);
    }
}

impl Quota {
    /// The right to one more connection. An idle connection is closed if there are no more.
    ///
    /// # Errors
    ///
    /// Returns the permits to wait for if all connections are in use.
    pub(super) fn acquire(&self) -> Result<Permit, Arc<Semaphore>> {
        let Some(permits) = &self.permits else { return Ok(None) };
        loop {
            if let Ok(permit) = Arc::clone(permits).try_acquire_owned() {
                return Ok(Some(permit));
            }
            if !self.close_idle() {
                return Err(Arc::clone(permits));
            }
        }
    }

    /// Closes an idle connection of any thread; false if there is none.
    fn close_idle(&self) -> bool {
        let servers = self.servers.lock().unwrap_or_else(PoisonError::into_inner);
        servers.iter().filter_map(Weak::upgrade).any(|server| server.close_idle())
    }

    /// Wakes the requests on all threads that wait, because a connection is idle or has room.
    pub(super) fn notify(&self) {
        if self.permits.is_some() {
            let servers = self.servers.lock().unwrap_or_else(PoisonError::into_inner);
            servers.iter().filter_map(Weak::upgrade).for_each(|server| server.notify());
        }
    }
}
