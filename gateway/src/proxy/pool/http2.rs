//! [`Http2`]: a connection of HTTP/2.

use std::fmt;
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::Instant;

use hyper::client::conn::http2;

use super::destination::Permit;
use super::driver::Driver;
use super::handed::AttemptBody;
use super::io::Heard;
use crate::config::PoolLimits;
use crate::time::now;

/// A connection of HTTP/2, which many exchanges share.
pub(super) struct Http2 {
    sender: http2::SendRequest<AttemptBody>,
    driver: Driver,
    heard: Heard,
    born: Instant,
    usage: Mutex<Usage>,
    _permit: Permit,
}

#[derive(Debug)]
struct Usage {
    /// Streams at the moment.
    open: usize,
    idle_since: Instant,
    /// True once it has given a response.
    is_used: bool,
}

impl Http2 {
    pub(super) fn new(
        sender: http2::SendRequest<AttemptBody>,
        driver: Driver,
        heard: Heard,
        permit: Permit,
        now: Instant,
    ) -> Self {
        let usage = Mutex::new(Usage { open: 0, idle_since: now, is_used: false });
        Self { sender, driver, heard, born: now, usage, _permit: permit }
    }

    fn usage(&self) -> MutexGuard<'_, Usage> {
        self.usage.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Takes a place for one exchange.
    pub(super) fn enter(&self) {
        let mut used = self.usage();
        used.open = used.open.saturating_add(1);
    }

    /// Gives a place back.
    pub(super) fn leave(&self) {
        let mut used = self.usage();
        used.open = used.open.saturating_sub(1);
        if used.open == 0 {
            used.idle_since = now();
        }
    }

    /// Returns true if the connection has brought a response.
    pub(super) fn is_used(&self) -> bool {
        self.usage().is_used
    }

    /// The connection has brought a response.
    pub(super) fn has_responded(&self) {
        self.usage().is_used = true;
    }

    pub(super) fn sender(&self) -> http2::SendRequest<AttemptBody> {
        self.sender.clone()
    }

    /// Returns a number that grows with each byte from the server.
    pub(super) fn heard(&self) -> u64 {
        self.heard.count()
    }

    /// The number of streams that the server allows at once.
    pub(super) fn room(&self) -> usize {
        self.driver.room()
    }

    pub(super) fn has_room(&self) -> bool {
        self.usage().open < self.room()
    }

    pub(super) fn is_idle(&self) -> bool {
        self.usage().open == 0
    }

    /// Returns true if no further exchange may use the connection.
    pub(super) fn is_over(&self, limits: PoolLimits, now: Instant) -> bool {
        let age = now.saturating_duration_since(self.born);
        self.sender.is_closed()
            || limits.max_life_time.is_some_and(|limit| age >= limit)
            || self.is_stale(limits, now)
    }

    fn is_stale(&self, limits: PoolLimits, now: Instant) -> bool {
        let used = self.usage();
        let idle = now.saturating_duration_since(used.idle_since);
        used.open == 0 && limits.max_idle_time.is_some_and(|limit| idle >= limit)
    }
}

impl Drop for Http2 {
    fn drop(&mut self) {
        self.heard.abandon();
    }
}

impl fmt::Debug for Http2 {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Http2").field("usage", &self.usage).finish_non_exhaustive()
    }
}
