//! [`Common`]: the parts of a gateway that the next one takes over after a reload.

use std::sync::Arc;
use std::sync::atomic::AtomicU64;

use persevere_http::ReplayPool;
use tokio::sync::{Semaphore, watch as channel};

use super::balance::Servers;
use super::events::Watch;
use super::resolve::Resolver;
use crate::pace::Patience;

/// The parts of a gateway that the next one takes over after a reload.
#[derive(Clone)]
pub(crate) struct Common {
    /// `None` if no watch is set.
    pub(crate) watch: Option<Arc<dyn Watch>>,
    /// Requests at once.
    pub(crate) requests: Arc<Semaphore>,
    /// Threads that serve connections.
    pub(crate) workers: usize,
    /// The limit for a body of which too little comes.
    pub(crate) patience: Option<Patience>,
    /// Room for the bodies that are kept.
    pub(crate) pool: ReplayPool,
    /// True once no retry shall start.
    pub(crate) stopping: channel::Receiver<bool>,
    /// The number of requests so far, if there is a watch.
    pub(crate) numbers: Arc<AtomicU64>,
    /// The name of this gateway in `Via`.
    pub(crate) name: Arc<str>,
    /// Looks up the names of servers.
    pub(crate) resolver: Resolver,
    /// All servers, and which of them rest.
    pub(crate) servers: Servers,
}
