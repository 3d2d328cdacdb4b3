//! [`Connections`]: the open connections, and room for new ones.

use std::collections::HashMap;
use std::sync::atomic::{AtomicBool, AtomicU64, AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use tokio::sync::{Notify, OwnedSemaphorePermit, Semaphore};

use crate::time::{millis, now, pause, since, within};

/// The idle time before which a connection does not have to make room.
///
/// Its next request may be on its way.
const FRESH: Duration = Duration::from_secs(1);

/// The interval at which idle connections are told to make room.
const LOOK: Duration = Duration::from_millis(100);

/// The most connections that are told to make room at once.
const LEAVING: usize = 16;

/// The open connections. If a new one has no room, those idle for longest make room.
pub(crate) struct Connections {
    room: Arc<Semaphore>,
    open: Mutex<HashMap<u64, Arc<Activity>>>,
    opened: AtomicU64,
    /// Times are counted from here.
    start: Instant,
}

impl Connections {
    /// Allows `limit` connections at once.
    pub(crate) fn new(limit: usize) -> Self {
        let room = Arc::new(Semaphore::new(limit));
        Self { room, open: Mutex::default(), opened: AtomicU64::new(0), start: now() }
    }

    /// Waits for room for one more connection. Idle connections have to make room.
    pub(crate) async fn room(&self) -> OwnedSemaphorePermit {
        loop {
            let room = Arc::clone(&self.room);
            if let Ok(permit) = Arc::clone(&room).try_acquire_owned() {
                return permit;
            }
            self.make_room();
            if let Some(Ok(permit)) = within(LOOK, room.acquire_owned()).await {
                return permit;
            }
        }
    }

    /// Waits until all connections have ended, but no longer than `grace`.
    ///
    /// Each connection holds a permit. Returns the number of connections that are left, or `None` if all have ended.
    pub(crate) async fn end(&self, limit: usize, grace: Duration) -> Option<usize> {
        let all = u32::try_from(limit).unwrap_or(u32::MAX);
        let ended = within(grace, self.room.acquire_many(all)).await;
        ended.is_none().then(|| limit.saturating_sub(self.room.available_permits()))
    }

    /// Takes note of a new connection.
    pub(crate) fn open(self: &Arc<Self>) -> Open {
        let activity = Arc::new(Activity {
            running: AtomicUsize::new(0),
            is_writing: AtomicBool::new(false),
            was_early: AtomicBool::new(false),
            is_open_ended: AtomicBool::new(false),
            idle_since: AtomicU64::new(millis(since(self.start))),
            start: self.start,
            leave: Notify::new(),
        });
        let number = self.opened.fetch_add(1, Ordering::Relaxed);
        self.lock().insert(number, Arc::clone(&activity));
        Open { connections: Arc::clone(self), number, activity }
    }

    /// Tells those that have been idle for longest to leave.
    fn make_room(&self) {
        let open = self.lock();
        let idle = open.values().filter_map(|activity| Some((activity.idle()?, activity)));
        let mut idle: Vec<_> = idle.filter(|(idle, _)| *idle >= FRESH).collect();
        idle.sort_unstable_by_key(|(idle, _)| std::cmp::Reverse(*idle));
        idle.iter().take(LEAVING).for_each(|(_, activity)| activity.leave.notify_one());
    }

    fn lock(&self) -> MutexGuard<'_, HashMap<u64, Arc<Activity>>> {
        self.open.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// A connection that is open, until it is dropped.
pub(crate) struct Open {
    connections: Arc<Connections>,
    number: u64,
    pub(crate) activity: Arc<Activity>,
}

impl Drop for Open {
    fn drop(&mut self) {
        self.connections.lock().remove(&self.number);
    }
}

/// The activity on a connection.
pub(crate) struct Activity {
    /// Requests whose responses have not ended.
    running: AtomicUsize,
    /// True while bytes wait for the client to take them.
    is_writing: AtomicBool,
    /// True if a response was given before its request had ended.
    was_early: AtomicBool,
    /// True if the body of a response ends where the connection ends.
    is_open_ended: AtomicBool,
    /// The start of the current idle time, in milliseconds after `start`.
    idle_since: AtomicU64,
    start: Instant,
    /// Notified when a new connection needs its room.
    leave: Notify,
}

impl Activity {
    /// A request begins; it ends when this is dropped.
    pub(crate) fn begin(self: &Arc<Self>) -> Busy {
        self.running.fetch_add(1, Ordering::Relaxed);
        Busy(Arc::clone(self))
    }

    /// Records if some bytes wait for the client to take them.
    pub(crate) fn writes(&self, is_writing: bool) {
        if self.is_writing.swap(is_writing, Ordering::Relaxed) && !is_writing {
            self.idle_since.store(millis(since(self.start)), Ordering::Relaxed);
        }
    }

    /// Returns true if a response was given before its request had ended.
    pub(crate) fn was_early(&self) -> bool {
        self.was_early.load(Ordering::Relaxed)
    }

    /// Returns true if the body of a response ends where the connection ends.
    ///
    /// Its client takes any end of the connection for the end of the body.
    pub(crate) fn is_open_ended(&self) -> bool {
        self.is_open_ended.load(Ordering::Relaxed)
    }

    /// Returns the time for which nothing has run, or `None` if something runs.
    fn idle(&self) -> Option<Duration> {
        let runs = self.running.load(Ordering::Relaxed) > 0 || self.is_writing.load(Ordering::Relaxed);
        let idle_since = self.idle_since.load(Ordering::Relaxed);
        (!runs).then(|| Duration::from_millis(millis(since(self.start)).saturating_sub(idle_since)))
    }

    /// Completes once nothing has run for `limit`.
    pub(crate) async fn idle_for(&self, limit: Duration) {
        loop {
            let left = self.idle().map_or(limit, |idle| limit.saturating_sub(idle));
            if left.is_zero() {
                return;
            }
            pause(left).await;
        }
    }

    /// Completes when a new connection needs its room.
    pub(crate) async fn asked_to_leave(&self) {
        self.leave.notified().await;
    }
}

/// A request that runs.
pub(crate) struct Busy(Arc<Activity>);

impl Busy {
    /// Its response comes before it has ended.
    pub(crate) fn is_early(&self) {
        self.0.was_early.store(true, Ordering::Relaxed);
    }

    /// The body of its response ends where the connection ends.
    pub(crate) fn ends_with_connection(&self) {
        self.0.is_open_ended.store(true, Ordering::Relaxed);
    }
}

impl Drop for Busy {
    fn drop(&mut self) {
        let Self(activity) = self;
        activity.idle_since.store(millis(since(activity.start)), Ordering::Relaxed);
        activity.running.fetch_sub(1, Ordering::Relaxed);
    }
}
