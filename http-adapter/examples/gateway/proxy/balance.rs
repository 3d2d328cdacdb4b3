//! [`Balance`]: chooses the server for each attempt.

use std::sync::atomic::{AtomicU64, AtomicUsize, Ordering};
use std::sync::{Mutex, PoisonError};
use std::time::{Duration, Instant};

use crate::config::Instance;
use crate::time::{now, since};

/// How long a server that could not be reached is passed over, as long as there are others.
const REST: Duration = Duration::from_secs(1);

/// Chooses the server for each attempt: requests take turns, and a retry goes to one that its request has not been sent to.
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

/// The servers that a request has been sent to. All its attempts share it.
#[derive(Debug, Default)]
pub(crate) struct Tried(Mutex<Vec<usize>>);

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

    /// The server for the next attempt of a request, and its number. When all have been tried, any but the last one.
    pub(crate) fn choose(&self, tried: Option<&Tried>) -> (usize, &Instance) {
        if !self.is_choice() {
            return (0, &self.servers[0].instance);
        }
        let mut tried = tried.map(|tried| tried.0.lock().unwrap_or_else(PoisonError::into_inner));
        let last = tried.as_ref().and_then(|tried| tried.last().copied());
        // A retry takes no turn: the next request would come to the server that has just failed.
        let first =
            last.map_or_else(|| self.next.fetch_add(1, Ordering::Relaxed), |last| last.saturating_add(1));
        let count = self.servers.len();
        let first = first.checked_rem(count).unwrap_or_default();
        let others = (first..count).chain(0..first).filter(|index| Some(*index) != last);
        let is_new = |index: &usize| tried.as_ref().is_none_or(|tried| !tried.contains(index));
        let now = self.now();
        let is_awake = |index: &usize| self.servers[*index].rests_until.load(Ordering::Relaxed) <= now;
        let new = others.clone().filter(is_new);
        let chosen = new.clone().find(is_awake).or_else(|| new.clone().next());
        let chosen = chosen.or_else(|| others.clone().find(is_awake)).or_else(|| others.clone().next());
        let chosen = chosen.expect("of two, one is not the last");
        if let Some(tried) = &mut tried {
            tried.push(chosen);
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
