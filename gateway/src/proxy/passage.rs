//! [`Passage`]: the bytes that go through a tunnel, which are reported at its end.

use std::io;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Instant;

use super::events::{Closed, REQUEST, TunnelEnd, Watch};
use crate::time::{now, since};

/// The bytes that go through a tunnel. They are reported when it is dropped.
pub(crate) struct Passage {
    watch: Option<Arc<dyn Watch>>,
    /// The number of the request that opened it.
    number: u64,
    route: Arc<str>,
    opened: Instant,
    pub(crate) from_client: AtomicU64,
    pub(crate) from_server: AtomicU64,
    end: TunnelEnd,
}

impl Passage {
    /// A passage that is opened by the request of this task.
    pub(crate) fn new(watch: Option<Arc<dyn Watch>>, route: Arc<str>) -> Self {
        let number = REQUEST.try_with(|number| *number).unwrap_or_default();
        let (from_client, from_server) = (AtomicU64::new(0), AtomicU64::new(0));
        Self { watch, number, route, opened: now(), from_client, from_server, end: TunnelEnd::Stopped }
    }

    /// Takes note of how the tunnel ended. Without it, the end of the gateway has ended the tunnel.
    pub(crate) fn ended(&mut self, result: &io::Result<()>) {
        self.end = match result {
            Ok(()) => TunnelEnd::Closed,
            Err(error) if error.kind() == io::ErrorKind::TimedOut => TunnelEnd::Stalled,
            Err(_) => TunnelEnd::Failed,
        };
    }
}

impl Drop for Passage {
    fn drop(&mut self) {
        let Some(watch) = &self.watch else { return };
        let (from_client, from_server) =
            (self.from_client.load(Ordering::Relaxed), self.from_server.load(Ordering::Relaxed));
        let (route, end, took) = (&*self.route, self.end, since(self.opened));
        let closed = Closed { route, from_client, from_server, end, took };
        REQUEST.sync_scope(self.number, || watch.closed(&closed));
    }
}
