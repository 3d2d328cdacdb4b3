//! [`Http1`]: a connection of HTTP/1.1, and its exchanges.

use std::time::{Duration, Instant};

use hyper::client::conn::http1;

use super::destination::Permit;
use super::handed::AttemptBody;
use super::io::Heard;
use crate::config::PoolLimits;

/// The interval at which the pool closes connections that have been idle for too long.
pub(super) const SWEEP: Duration = Duration::from_secs(1);

/// A connection of HTTP/1.1.
#[derive(Debug)]
pub(super) struct Http1 {
    sender: http1::SendRequest<AttemptBody>,
    /// `None` once the connection belongs to another protocol.
    heard: Option<Heard>,
    born: Instant,
    idle_since: Instant,
    is_used: bool,
    _permit: Permit,
}

impl Http1 {
    pub(super) fn new(
        sender: http1::SendRequest<AttemptBody>,
        heard: Heard,
        permit: Permit,
        now: Instant,
    ) -> Self {
        Self { sender, heard: Some(heard), born: now, idle_since: now, is_used: false, _permit: permit }
    }

    /// Begins an exchange. Returns true if the connection has had one before.
    pub(super) fn begin(&mut self) -> bool {
        std::mem::replace(&mut self.is_used, true)
    }

    pub(super) fn sender(&mut self) -> &mut http1::SendRequest<AttemptBody> {
        &mut self.sender
    }

    /// Gives the connection to another protocol.
    pub(super) fn switch(&mut self) {
        self.heard = None;
    }

    /// Begins to be idle. Returns false if the connection has been closed.
    pub(super) fn rest(&mut self, now: Instant) -> bool {
        self.idle_since = now;
        !self.sender.is_closed()
    }

    /// Returns true if the last exchange has ended on both sides.
    pub(super) fn is_ready(&self) -> bool {
        self.sender.is_ready()
    }

    /// Returns true if no further exchange may use the connection.
    pub(super) fn is_over(&self, limits: PoolLimits, now: Instant) -> bool {
        let (idle, age) =
            (now.saturating_duration_since(self.idle_since), now.saturating_duration_since(self.born));
        self.sender.is_closed()
            || limits.max_idle_time.is_some_and(|limit| idle >= limit)
            || limits.max_life_time.is_some_and(|limit| age >= limit)
    }

    /// Returns false if the connection is over, or still sends its last request a sweep later.
    pub(super) fn is_worth_keeping(&self, limits: PoolLimits, now: Instant) -> bool {
        let is_stuck = || !self.is_ready() && now.saturating_duration_since(self.idle_since) >= SWEEP;
        !self.is_over(limits, now) && !is_stuck()
    }
}

impl Drop for Http1 {
    fn drop(&mut self) {
        self.heard.iter().for_each(Heard::abandon);
    }
}
