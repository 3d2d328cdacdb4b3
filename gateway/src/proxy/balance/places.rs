//! [`Places`]: the instances of a configuration, at the addresses that their names have now.

use std::net::SocketAddr;
use std::sync::{Arc, PoisonError, RwLock};
use std::time::Duration;

use futures::future::select_all;
use http::uri::{Authority, Scheme};

use super::super::resolve::{Name, Resolver, Unresolved};
use super::server::{Server, Servers, literal, port};
use crate::time::now;

/// The instances of a configuration, at the addresses that their names have now.
#[derive(Debug)]
pub(super) struct Places {
    list: Vec<Place>,
    servers: Servers,
    /// As of the last look-ups.
    current: RwLock<Current>,
}

/// An instance of a configuration.
#[derive(Debug)]
struct Place {
    scheme: Scheme,
    authority: Authority,
    at: At,
}

#[derive(Debug)]
enum At {
    Address(SocketAddr),
    /// At all of its addresses.
    Name(Arc<Name>),
}

/// The servers that a request may be sent to, never none.
#[derive(Clone, Debug)]
pub(crate) struct Choice(Arc<[Arc<Server>]>);

#[derive(Debug)]
struct Current {
    /// The sum of the names' own.
    generation: u64,
    choice: Option<Choice>,
}

impl Choice {
    pub(crate) fn servers(&self) -> &[Arc<Server>] {
        &self.0
    }

    /// The other addresses of the name of a server, without these.
    pub(crate) fn others<'c>(
        &'c self,
        server: &'c Server,
        without: &'c [Arc<Server>],
    ) -> impl Iterator<Item = &'c Arc<Server>> {
        let is_other = move |other: &&Arc<Server>| {
            other.is_named
                && other.scheme == server.scheme
                && other.authority == server.authority
                && other.address != server.address
                && !without.iter().any(|known| Arc::ptr_eq(known, other))
        };
        self.0.iter().filter(is_other)
    }
}

impl Places {
    pub(super) fn new(
        instances: impl IntoIterator<Item = (Scheme, Authority)>,
        servers: &Servers,
        resolver: &Resolver,
    ) -> Self {
        let place = |(scheme, authority): (Scheme, Authority)| {
            let port = port(&scheme, &authority);
            let name = || At::Name(resolver.name(authority.host(), port));
            let at = literal(&authority, port).map_or_else(name, At::Address);
            Place { scheme, authority, at }
        };
        let places: Vec<_> = instances.into_iter().map(place).collect();
        let current = RwLock::new(Current::of(&places, servers));
        Self { list: places, servers: servers.clone(), current }
    }

    /// Returns the authority of the first instance.
    pub(super) fn authority(&self) -> Option<&Authority> {
        self.list.first().map(|place| &place.authority)
    }

    /// Returns true if there may be several servers.
    pub(super) fn may_be_several(&self) -> bool {
        self.list.len() > 1 || self.names().next().is_some()
    }

    /// Returns the servers for a request, or `None` if a name must be looked up first.
    pub(super) fn choice(&self) -> Option<Choice> {
        let mut has_recent = self.list.iter().any(|place| matches!(place.at, At::Address(_)));
        // Every name is asked, so that it is looked up again when that is due.
        for name in self.names() {
            has_recent |= name.is_recent(now());
        }
        if has_recent { self.known() } else { None }
    }

    /// Waits until a name has been looked up, and for `limit` at most.
    pub(super) async fn looked_up(&self, limit: Option<Duration>) -> Result<Choice, Unresolved> {
        let mut looks: Vec<_> = self.names().map(|name| Box::pin(Arc::clone(name).look(limit))).collect();
        let mut last = Err(Unresolved::default());
        while !looks.is_empty() {
            let (looked, _, others) = select_all(looks).await;
            (last, looks) = (looked, others);
            if last.is_ok() {
                break;
            }
        }
        last.and_then(|()| self.known().ok_or_else(Unresolved::default))
    }

    /// The servers, as far as they are known.
    pub(super) fn known(&self) -> Option<Choice> {
        let generation = self.names().fold(0_u64, |sum, name| sum.wrapping_add(name.generation()));
        {
            let current = self.current.read().unwrap_or_else(PoisonError::into_inner);
            if current.generation == generation {
                return current.choice.clone();
            }
        }
        let current = Current::of(&self.list, &self.servers);
        let choice = current.choice.clone();
        *self.current.write().unwrap_or_else(PoisonError::into_inner) = current;
        choice
    }

    fn names(&self) -> impl Iterator<Item = &Arc<Name>> {
        self.list.iter().filter_map(|place| match &place.at {
            At::Name(name) => Some(name),
            At::Address(_) => None,
        })
    }
}

impl Current {
    fn of(places: &[Place], servers: &Servers) -> Self {
        let (mut generation, mut all) = (0_u64, Vec::new());
        for Place { scheme, authority, at } in places {
            let server = |&address: &SocketAddr| servers.get(scheme, authority, address);
            match at {
                At::Address(address) => all.push(server(address)),
                At::Name(name) => {
                    let (own, addresses) = name.addresses();
                    all.extend(addresses.iter().map(server));
                    generation = generation.wrapping_add(own);
                }
            }
        }
        Self { generation, choice: (!all.is_empty()).then(|| Choice(all.into())) }
    }
}
