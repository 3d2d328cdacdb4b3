//! [`Stock`]: the connections that one thread keeps to one server, and those that it opens.

use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Instant;

use tokio::sync::Notify;

use super::connector::Protocol;
use super::http1::Http1;
use super::http2::Http2;
use crate::config::PoolLimits;

/// The expected number of streams on the first connection while it is being opened.
const EXPECTED_ROOM: usize = 100;

/// The connections that one thread keeps to one server, and the requests that wait for one.
///
/// Other threads can close what is idle here, and wake those who wait.
#[derive(Debug, Default)]
pub(super) struct Stock {
    kept: Mutex<Kept>,
    /// Notified when a connection was opened, could not be opened, or has room again.
    pub(super) changed: Notify,
}

/// The connections of a [`Stock`].
#[derive(Debug, Default)]
pub(super) struct Kept {
    /// Idle connections of HTTP/1.1, the most recently used at the end.
    pub(super) idle: Vec<Http1>,
    /// Connections of HTTP/2.
    pub(super) shared: Vec<Arc<Http2>>,
    /// Connections that are being opened.
    pub(super) opening: usize,
    /// Requests that wait for one of them.
    pub(super) waiting: usize,
    /// The version that the server speaks, if it is known.
    pub(super) protocol: Option<Protocol>,
    /// True if the last attempt to connect failed. Each request then connects for itself.
    pub(super) is_failing: bool,
}

impl Stock {
    pub(super) fn kept(&self) -> MutexGuard<'_, Kept> {
        self.kept.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Wakes the requests that wait for a connection.
    pub(super) fn notify(&self) {
        self.changed.notify_waiters();
    }
}

impl Kept {
    /// A connection of HTTP/2 that has room for one more stream.
    pub(super) fn with_room(&mut self, limits: PoolLimits, now: Instant) -> Option<&Arc<Http2>> {
        if self.shared.is_empty() {
            return None;
        }
        self.shared.retain(|connection| !connection.is_over(limits, now));
        self.shared.iter().find(|connection| connection.has_room())
    }

    /// The idle connection that was used last and can be used again.
    pub(super) fn idle(&mut self, limits: PoolLimits, now: Instant) -> Option<Http1> {
        self.idle.retain(|connection| !connection.is_over(limits, now));
        // One that still sends its last request is not ready, and may be later.
        let index = self.idle.iter().rposition(Http1::is_ready)?;
        Some(self.idle.remove(index))
    }

    /// Returns true if the connections that are being opened will have room for one more request.
    pub(super) fn is_room_coming(&self) -> bool {
        let room = self.shared.first().map_or(EXPECTED_ROOM, |connection| connection.room());
        !self.is_failing && self.opening.saturating_mul(room) > self.waiting.saturating_add(self.opening)
    }

    /// Closes the idle connection that has waited longest. Returns false if there is none.
    pub(super) fn close_idle(&mut self) -> bool {
        if !self.idle.is_empty() {
            self.idle.remove(0);
            return true;
        }
        let Some(index) = self.shared.iter().position(|connection| connection.is_idle()) else {
            return false;
        };
        self.shared.remove(index);
        true
    }

    /// Closes what has been idle for too long. Returns false if nothing is left.
    pub(super) fn tidy(&mut self, limits: PoolLimits, now: Instant) -> bool {
        self.idle.retain(|connection| connection.is_worth_keeping(limits, now));
        self.shared.retain(|connection| !connection.is_over(limits, now));
        !self.idle.is_empty() || !self.shared.is_empty() || self.opening > 0
    }
}
