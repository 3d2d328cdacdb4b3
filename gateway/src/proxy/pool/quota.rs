//! [`Quotas`]: the limits of connections to each server, for all threads together.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, PoisonError, Weak};

use tokio::sync::Semaphore;

use super::destination::{Destination, Permit};
use super::stock::Stock;

/// The limits of connections to each server, for all threads together.
#[derive(Debug)]
pub(crate) struct Quotas {
    /// Connections to one server.
    limit: Option<usize>,
    by_destination: Mutex<HashMap<Destination, Arc<Quota>>>,
}

/// The limit of connections to one server, and the threads that keep them.
#[derive(Debug)]
pub(super) struct Quota {
    /// `None` if there is no limit.
    permits: Option<Arc<Semaphore>>,
    /// The connections of each thread.
    stocks: Mutex<Vec<Weak<Stock>>>,
}

impl Quotas {
    pub(super) fn new(limit: Option<usize>) -> Self {
        Self { limit, by_destination: Mutex::default() }
    }

    /// Returns the limit of connections to this server.
    pub(super) fn of(&self, destination: &Destination) -> Arc<Quota> {
        let mut quotas = self.by_destination.lock().unwrap_or_else(PoisonError::into_inner);
        let quota = quotas.entry(destination.clone()).or_insert_with(|| {
            let permits = self.limit.map(|limit| Arc::new(Semaphore::new(limit.min(Semaphore::MAX_PERMITS))));
            Arc::new(Quota { permits, stocks: Mutex::default() })
        });
        Arc::clone(quota)
    }

    /// Forgets servers to which no thread has a connection.
    pub(super) fn tidy(&self) {
        let mut quotas = self.by_destination.lock().unwrap_or_else(PoisonError::into_inner);
        quotas.retain(|_, quota| Arc::strong_count(quota) > 1);
    }
}

impl Quota {
    /// Adds the connections of one more thread.
    pub(super) fn add(&self, stock: &Arc<Stock>) {
        let mut stocks = self.stocks.lock().unwrap_or_else(PoisonError::into_inner);
        stocks.retain(|stock| stock.strong_count() > 0);
        stocks.push(Arc::downgrade(stock));
    }

    /// Takes the right to one more connection. Closes an idle connection if there is none left.
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

    /// Closes an idle connection of any thread. Returns false if there is none.
    fn close_idle(&self) -> bool {
        let stocks = self.stocks.lock().unwrap_or_else(PoisonError::into_inner);
        stocks.iter().filter_map(Weak::upgrade).any(|stock| stock.kept().close_idle())
    }

    /// Wakes waiting requests on all threads after a connection has become free.
    pub(super) fn notify(&self) {
        if self.permits.is_some() {
            let stocks = self.stocks.lock().unwrap_or_else(PoisonError::into_inner);
            stocks.iter().filter_map(Weak::upgrade).for_each(|stock| stock.notify());
        }
    }
}
