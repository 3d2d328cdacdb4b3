//! [`Balance`]: chooses the server for each attempt.

use std::sync::atomic::{AtomicU64, AtomicUsize, Ordering};
use std::time::{Duration, Instant};

use crate::config::Instance;
use crate::time::{now, since};

/// How long a server that could not be reached is passed over, as long as there are others.
const REST: Duration = Duration::from_secs(1);

/// Chooses the server for each attempt: requests take turns, and a retry goes on to the next.
#[derive(Debug)]
pub(crate) struct Balance {
    servers: Vec<Server>,
    /// Whose turn it is.
    next: AtomicUsize,
    since: Instant,
}

#[derive(Debug)]
struct Server {
    instance: Instance,
    /// Until when it is passed over, in milliseconds of the balance's own time.
    rests_until: AtomicU64,
}

/// The number of the server that a request has been sent to last, counted from 1. All its attempts share it.
#[derive(Debug, Default)]
pub(crate) struct LastServer(AtomicUsize);

impl Balance {
    pub(crate) fn new(instances: Vec<Instance>) -> Self {
        let server = |instance| Server { instance, rests_until: AtomicU64::new(0) };
        let servers = instances.into_iter().map(server).collect();
        Self { servers, next: AtomicUsize::new(0), since: now() }
    }

    /// Whether there is a choice, and so something to remember.
    pub(crate) fn is_choice(&self) -> bool {
        self.servers.len() > 1
    }

    /// The server for the next attempt of a request, and its number: the next one that can be reached, for all that is known.
    /// A retry begins behind the server that its request was sent to last, so it comes back there when all others have had their
    /// turns, or rest.
    pub(crate) fn choose(&self, tried: Option<&LastServer>) -> (usize, &Instance) {
        if !self.is_choice() {
            return (0, &self.servers[0].instance);
        }
        // A retry takes no turn: the next request would come to the server that has just failed.
        let first = match tried.map_or(0, |tried| tried.0.load(Ordering::Relaxed)) {
            0 => self.next.fetch_add(1, Ordering::Relaxed),
            last => last,
        };
        let count = self.servers.len();
        let first = first.checked_rem(count).unwrap_or_default();
        let now = self.now();
        let is_awake = |index: &usize| self.servers[*index].rests_until.load(Ordering::Relaxed) <= now;
        let chosen = (first..count).chain(0..first).find(is_awake).unwrap_or(first);
        if let Some(tried) = tried {
            tried.0.store(chosen.saturating_add(1), Ordering::Relaxed);
        }
        (chosen, &self.servers[chosen].instance)
    }

    /// The server of this number could not be reached.
    pub(crate) fn rest(&self, index: usize) {
        let until = self.now().saturating_add(u64::try_from(REST.as_millis()).unwrap_or(u64::MAX));
        self.servers[index].rests_until.store(until, Ordering::Relaxed);
    }

    fn now(&self) -> u64 {
        u64::try_from(since(self.since).as_millis()).unwrap_or(u64::MAX)
    }
}
