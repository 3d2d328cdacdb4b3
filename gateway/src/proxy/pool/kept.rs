//! [`Kept`]: the connections that one thread keeps to one server, and those that it opens.

use std::sync::Arc;
use std::time::Instant;

use super::connector::Protocol;
use super::http1::Http1;
use super::http2::{Http2, Stream};
use super::server::Server;
use crate::config::PoolLimits;

/// The expected number of streams on the first connection while it is being opened.
const EXPECTED_ROOM: usize = 100;

/// The connections that one thread keeps to one server, and those that it opens.
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

impl Kept {
    /// A stream on a connection that has room.
    pub(super) fn stream(
        &mut self,
        server: &Arc<Server>,
        limits: PoolLimits,
        now: Instant,
    ) -> Option<Stream> {
        if self.shared.is_empty() {
            return None;
        }
        self.shared.retain(|connection| !connection.is_over(limits, now));
        let connection = self.shared.iter().find(|connection| connection.has_room())?;
        Some(Stream::new(Arc::clone(connection), Arc::clone(server)))
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
