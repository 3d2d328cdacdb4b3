//! [`Server`]: an instance at one address, and its health; [`Servers`]: all servers that are in use.

use std::collections::HashMap;
use std::fmt;
use std::net::SocketAddr;
use std::sync::{Arc, Mutex, PoisonError, Weak};
use std::time::{Duration, Instant};

use http::uri::{Authority, Scheme};

use super::super::resolve::bare_host;
use super::health::Health;
use crate::time::{millis, now, since};

/// An instance of a configuration at one address of its name.
#[derive(Debug)]
pub(crate) struct Server {
    pub(crate) scheme: Scheme,
    pub(crate) authority: Authority,
    pub(crate) address: SocketAddr,
    /// The authority is a name, which may have several addresses.
    pub(crate) is_named: bool,
    pub(super) health: Health,
}

/// All servers that routes lead to. Routes to the same server share it, also after a reload. Clones are the same.
#[derive(Clone, Debug)]
pub(crate) struct Servers(Arc<Known>);

#[derive(Debug)]
struct Known {
    since: Instant,
    /// Weak, so that unused servers are forgotten.
    servers: Mutex<HashMap<Key, Weak<Server>>>,
}

/// The properties that tell servers apart.
type Key = (Scheme, Authority, SocketAddr);

impl Servers {
    pub(crate) fn new() -> Self {
        Self(Arc::new(Known { since: now(), servers: Mutex::default() }))
    }

    /// Returns the server of this place, which all of its users share.
    pub(super) fn get(&self, scheme: &Scheme, authority: &Authority, address: SocketAddr) -> Arc<Server> {
        let mut servers = self.0.servers.lock().unwrap_or_else(PoisonError::into_inner);
        let key = (scheme.clone(), authority.clone(), address);
        if let Some(server) = servers.get(&key).and_then(Weak::upgrade) {
            return server;
        }
        servers.retain(|_, server| server.strong_count() > 0);
        let is_named = literal(authority, address.port()).is_none();
        let server = Server {
            scheme: scheme.clone(),
            authority: authority.clone(),
            address,
            is_named,
            health: Health::default(),
        };
        let server = Arc::new(server);
        servers.insert(key, Arc::downgrade(&server));
        server
    }

    /// The time now, in milliseconds of the servers' own clock; above 0.
    pub(super) fn now(&self) -> u64 {
        millis(since(self.0.since).saturating_add(Duration::from_millis(1)))
    }
}

impl fmt::Display for Server {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}", self.authority)?;
        if self.is_named { write!(f, " address={}", self.address) } else { Ok(()) }
    }
}

/// The address that the host of an authority is; `None` if it is a name.
pub(super) fn literal(authority: &Authority, port: u16) -> Option<SocketAddr> {
    Some(SocketAddr::new(bare_host(authority).parse().ok()?, port))
}

/// The port of an authority, or the default port of the scheme.
pub(super) fn port(scheme: &Scheme, authority: &Authority) -> u16 {
    authority.port_u16().unwrap_or(if *scheme == Scheme::HTTPS { 443 } else { 80 })
}
