//! [`Server`]: the connections of one thread to one server.

use std::pin::{Pin, pin};
use std::sync::Arc;
use std::time::Instant;

use tokio::sync::futures::Notified;
use tokio::sync::{OwnedSemaphorePermit, Semaphore};

use super::connector::{Connector, Opened, Protocol};
use super::destination::{Destination, Permit, Wish};
use super::error::SendError;
use super::http1::Http1;
use super::http2::Http2;
use super::io::Heard;
use super::quota::Quota;
use super::stock::Stock;
use crate::config::PoolLimits;
use crate::time::{now, within};

/// The connections of one thread to one server.
#[derive(Debug)]
pub(super) struct Server {
    destination: Destination,
    quota: Arc<Quota>,
    stock: Arc<Stock>,
}

/// A connection for one exchange.
pub(super) enum Lease {
    Http1(Http1Lease),
    Http2(Stream),
}

/// A connection of HTTP/1.1 for one exchange, and the place where it goes afterwards.
#[derive(Debug)]
pub(super) struct Http1Lease {
    pub(super) connection: Http1,
    pub(super) server: Arc<Server>,
}

/// A place for one exchange on a connection of HTTP/2.
#[derive(Debug)]
pub(super) struct Stream {
    pub(super) connection: Arc<Http2>,
    pub(super) server: Arc<Server>,
}

impl Http1Lease {
    /// Keeps the connection for the next exchange, unless it has been closed.
    pub(super) fn put_back(mut self) {
        if self.connection.rest(now()) {
            self.server.put_back(self.connection);
        }
    }
}

impl Stream {
    /// Takes a place on the connection.
    fn new(connection: Arc<Http2>, server: Arc<Server>) -> Self {
        connection.enter();
        Self { connection, server }
    }
}

impl Drop for Stream {
    fn drop(&mut self) {
        self.connection.leave();
        self.server.stream_ended();
    }
}

/// The result of a look for a connection.
enum Found {
    Lease(Lease),
    /// It has to open a connection.
    Open(Permit),
    /// It has to wait for a connection that is being opened.
    Opening,
    /// It has to wait until one of all connections is free or gone.
    Full(Arc<Semaphore>),
}

impl Server {
    pub(super) fn new(destination: Destination, quota: Arc<Quota>) -> Self {
        let stock = Arc::default();
        quota.add(&stock);
        Self { destination, quota, stock }
    }

    /// Takes a connection, or opens one. With `wish.fresh`, the connection has never been used.
    ///
    /// # Errors
    ///
    /// Returns an error if there is none in time.
    pub(super) async fn take(
        self: &Arc<Self>,
        connector: &Connector,
        limits: PoolLimits,
        wish: Wish,
    ) -> Result<Lease, SendError> {
        let last = limits.acquire_timeout.and_then(|limit| now().checked_add(limit));
        let last = wish.head.deadline().into_iter().chain(last).min();
        loop {
            let mut changed = pin!(self.stock.changed.notified());
            changed.as_mut().enable();
            let permits = match self.look(connector, limits, wish.fresh) {
                Found::Lease(lease) => return Ok(lease),
                Found::Open(permit) => return self.open(connector, permit, wish).await,
                Found::Opening => None,
                Found::Full(permits) => Some(permits),
            };
            if let Some(permit) = self.wait(changed, permits, last).await? {
                self.count_opening();
                return self.open(connector, Some(permit), wish).await;
            }
        }
    }

    /// Takes a connection that is open already, unless the request wants a fresh one.
    pub(super) fn take_open(self: &Arc<Self>, limits: PoolLimits, fresh: bool) -> Option<Lease> {
        if fresh {
            return None;
        }
        let (now, mut kept) = (now(), self.stock.kept());
        if let Some(connection) = kept.with_room(limits, now) {
            return Some(Lease::Http2(Stream::new(Arc::clone(connection), Arc::clone(self))));
        }
        let connection = kept.idle(limits, now)?;
        Some(Lease::Http1(Http1Lease { connection, server: Arc::clone(self) }))
    }

    /// Waits until something has changed, or for a permit.
    async fn wait(
        &self,
        changed: Pin<&mut Notified<'_>>,
        permits: Option<Arc<Semaphore>>,
        last: Option<Instant>,
    ) -> Result<Option<OwnedSemaphorePermit>, SendError> {
        let _waiting = Waiting::new(self);
        let waited = async {
            let Some(permits) = permits else {
                changed.await;
                return None;
            };
            tokio::select! {
                () = changed => None,
                permit = permits.acquire_owned() => permit.ok(),
            }
        };
        match last {
            None => Ok(waited.await),
            Some(last) => within(last.saturating_duration_since(now()), waited)
                .await
                .ok_or_else(|| SendError::busy("no connection was free in time")),
        }
    }

    fn look(self: &Arc<Self>, connector: &Connector, limits: PoolLimits, fresh: bool) -> Found {
        if let Some(lease) = self.take_open(limits, fresh) {
            return Found::Lease(lease);
        }
        let kept = self.stock.kept();
        let protocol = connector.protocol(&self.destination).or(kept.protocol);
        if !fresh && protocol != Some(Protocol::Http1) && kept.is_room_coming() {
            return Found::Opening;
        }
        // An idle connection of this server may have to be closed.
        drop(kept);
        match self.quota.acquire() {
            Ok(permit) => {
                self.count_opening();
                Found::Open(permit)
            }
            Err(permits) => Found::Full(permits),
        }
    }

    async fn open(
        self: &Arc<Self>,
        connector: &Connector,
        permit: Permit,
        wish: Wish,
    ) -> Result<Lease, SendError> {
        let mut opening = Opening { server: self, failed: None };
        let heard = Heard::default();
        let opened = connector.open(&self.destination, heard.clone(), wish).await;
        opening.failed = Some(opened.is_err());
        let opened = opened?;
        let mut kept = self.stock.kept();
        match opened {
            Opened::Http1(sender, heard) => {
                kept.protocol = Some(Protocol::Http1);
                let connection = Http1::new(sender, heard, permit, now());
                Ok(Lease::Http1(Http1Lease { connection, server: Arc::clone(self) }))
            }
            Opened::Http2(sender, driver) => {
                kept.protocol = Some(Protocol::Http2);
                let connection = Arc::new(Http2::new(sender, driver, heard, permit, now()));
                let stream = Stream::new(Arc::clone(&connection), Arc::clone(self));
                kept.shared.push(connection);
                Ok(Lease::Http2(stream))
            }
        }
    }

    fn count_opening(&self) {
        let mut kept = self.stock.kept();
        kept.opening = kept.opening.saturating_add(1);
    }

    /// Keeps a connection for the next exchange.
    fn put_back(&self, connection: Http1) {
        self.stock.kept().idle.push(connection);
        self.quota.notify();
    }

    /// Keeps a connection of HTTP/2 from all further exchanges.
    pub(super) fn retire(&self, connection: &Arc<Http2>) {
        self.stock.kept().shared.retain(|kept| !Arc::ptr_eq(kept, connection));
    }

    /// A stream has ended.
    fn stream_ended(&self) {
        if self.stock.kept().waiting > 0 {
            self.stock.notify();
        }
        self.quota.notify();
    }

    /// Closes what has been idle for too long. Returns false if nothing is left.
    pub(super) fn tidy(&self, limits: PoolLimits, now: Instant) -> bool {
        self.stock.kept().tidy(limits, now)
    }
}

/// Counts a connection that is being opened, for as long as it lives.
struct Opening<'s> {
    server: &'s Server,
    /// `None` if its request was given up.
    failed: Option<bool>,
}

impl Drop for Opening<'_> {
    fn drop(&mut self) {
        let mut kept = self.server.stock.kept();
        kept.opening = kept.opening.saturating_sub(1);
        kept.is_failing = self.failed.unwrap_or(kept.is_failing);
        drop(kept);
        self.server.stock.notify();
    }
}

/// Counts a request that waits, for as long as it lives.
struct Waiting<'s>(&'s Server);

impl<'s> Waiting<'s> {
    fn new(server: &'s Server) -> Self {
        let mut kept = server.stock.kept();
        kept.waiting = kept.waiting.saturating_add(1);
        Self(server)
    }
}

impl Drop for Waiting<'_> {
    fn drop(&mut self) {
        let mut kept = self.0.stock.kept();
        kept.waiting = kept.waiting.saturating_sub(1);
    }
}
