//! [`Balance`]: chooses the server for each attempt.

mod chosen;
mod health;
mod places;
mod server;
#[cfg(test)]
mod tests;

use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use http::uri::{Authority, Scheme};

use self::health::{Condition, Role};
use self::places::Places;
use super::resolve::{Resolver, Unresolved};

pub(crate) use self::chosen::{Change, Chosen};
pub(crate) use self::health::Fault;
pub(crate) use self::places::Choice;
pub(crate) use self::server::{Server, Servers};

/// Chooses the server for each attempt.
///
/// Requests take turns among the servers that do not rest. A retry goes to the server that its request has tried least.
#[derive(Debug)]
pub(crate) struct Balance {
    places: Places,
    /// The number of the next turn.
    next: AtomicUsize,
    servers: Servers,
}

/// The servers that a request has been sent to, the latest one last. All its attempts share it.
#[derive(Debug, Default)]
pub(crate) struct Tried(Mutex<Vec<Arc<Server>>>);

/// The rank of a server for an attempt; the least rank is chosen.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
struct Rank {
    /// A resting server that can be reached goes before an unreachable one.
    rests: Option<Condition>,
    /// The earlier attempts of the same request at this server.
    tries: usize,
}

impl Balance {
    /// Chooses among these instances, each with its scheme and its authority.
    pub(crate) fn new(
        instances: impl IntoIterator<Item = (Scheme, Authority)>,
        servers: &Servers,
        resolver: &Resolver,
    ) -> Self {
        let places = Places::new(instances, servers, resolver);
        Self { places, next: AtomicUsize::new(0), servers: servers.clone() }
    }

    /// Returns true if a request may have a choice, so that its attempts are remembered.
    pub(crate) fn may_choose(&self) -> bool {
        self.places.may_be_several()
    }

    /// Returns the servers for a request, or `None` if a name must be looked up first.
    pub(crate) fn choice(&self) -> Option<Choice> {
        self.places.choice()
    }

    /// Waits until a name has been looked up, and for `limit` at most.
    ///
    /// # Errors
    ///
    /// Returns the reason if no instance has an address.
    pub(crate) async fn looked_up(&self, limit: Option<Duration>) -> Result<Choice, Unresolved> {
        self.places.looked_up(limit).await
    }

    /// Returns the name of the first instance, for a request that has found no server.
    pub(crate) fn authority(&self) -> Option<&Authority> {
        self.places.authority()
    }

    /// Returns the number of servers that rest now. The only server never rests.
    pub(crate) fn resting(&self) -> usize {
        let choice = self.places.known();
        let servers = choice.as_ref().map_or(&[][..], Choice::servers);
        if servers.len() == 1 {
            0
        } else {
            servers.iter().filter(|server| server.health.is_resting()).count()
        }
    }

    /// Chooses the server for the next attempt of a request that has tried these servers before.
    pub(crate) fn choose(&self, choice: &Choice, tried: Option<&Tried>) -> Chosen {
        let servers = choice.servers();
        let chosen = |server: &Arc<Server>, role| Chosen::new(Arc::clone(server), role, &self.servers);
        if let [server] = servers {
            return chosen(server, None);
        }
        let mut locked = tried.map(Tried::lock);
        let before = locked.as_deref().map_or(&[][..], Vec::as_slice);
        let last = before.last().and_then(|last| servers.iter().position(|server| Arc::ptr_eq(server, last)));
        // A retry takes no turn: the next request would come to the server that has just failed.
        let turn = if before.is_empty() { Some(self.next.fetch_add(1, Ordering::Relaxed)) } else { None };
        let (server, role) = loop {
            let now = self.servers.now();
            let index = pick(servers, before, turn, last, now);
            let server = &servers[index];
            match (server.health.condition(now), server.health.enter(now)) {
                (_, Some(role)) => break (server, role),
                (Condition::Resting | Condition::Unreachable, None) => break (server, Role::Needed),
                // Another request has begun to probe it.
                (Condition::Awake | Condition::Rested, None) => {}
            }
        };
        if let Some(locked) = &mut locked {
            locked.push(Arc::clone(server));
        }
        chosen(server, Some(role))
    }

    /// Chooses another address of the same name for an attempt that could not reach these servers.
    pub(crate) fn instead(
        &self,
        choice: &Choice,
        failed: &[Arc<Server>],
        tried: Option<&Tried>,
    ) -> Option<Chosen> {
        let now = self.servers.now();
        let others = choice.others(failed.last()?, failed);
        let server = others.min_by_key(|server| Rank::of(server, &[], now).rests)?;
        if let Some(tried) = tried {
            tried.lock().push(Arc::clone(server));
        }
        let role = server.health.enter(now).unwrap_or(Role::Needed);
        Some(Chosen::new(Arc::clone(server), Some(role), &self.servers))
    }
}

/// Returns the index of a server of the least rank.
///
/// First attempts take turns. A retry gets the next such server after its last one.
fn pick(
    servers: &[Arc<Server>],
    before: &[Arc<Server>],
    turn: Option<usize>,
    last: Option<usize>,
    now: u64,
) -> usize {
    let rank = |index: usize| Rank::of(&servers[index], before, now);
    let count = servers.len();
    let Some(best) = (0..count).map(rank).min() else { return 0 };
    let mut best_ones = (0..count).filter(|&index| rank(index) == best);
    if let Some(turn) = turn {
        let number = best_ones.clone().count();
        return best_ones.nth(turn.checked_rem(number).unwrap_or_default()).unwrap_or_default();
    }
    let first = last.map_or(0, |last| last.saturating_add(1));
    best_ones.clone().find(|&index| index >= first).or_else(|| best_ones.next()).unwrap_or_default()
}

impl Rank {
    fn of(server: &Arc<Server>, before: &[Arc<Server>], now: u64) -> Self {
        let condition = server.health.condition(now);
        let rests = matches!(condition, Condition::Resting | Condition::Unreachable).then_some(condition);
        Self { rests, tries: before.iter().filter(|tried| Arc::ptr_eq(tried, server)).count() }
    }
}

impl Tried {
    fn lock(&self) -> MutexGuard<'_, Vec<Arc<Server>>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
