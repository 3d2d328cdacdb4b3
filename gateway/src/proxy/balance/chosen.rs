//! [`Chosen`]: the server of an attempt, which hears how the attempt ends.

use std::sync::Arc;
use std::time::Duration;

use super::health::{Fault, Role};
use super::server::{Server, Servers};

/// The server of an attempt. It hears how the attempt ends; if this is dropped before, the attempt says nothing of the server.
#[derive(Debug)]
pub(crate) struct Chosen {
    pub(crate) server: Arc<Server>,
    /// `None` if there is no choice, or if the end has been told.
    role: Option<Role>,
    servers: Servers,
}

/// A change of a server's health.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Change {
    /// It rests for this time.
    Rests(Duration),
    /// It is awake again after this time.
    Awake(Duration),
}

impl Chosen {
    pub(super) fn new(server: Arc<Server>, role: Option<Role>, servers: &Servers) -> Self {
        Self { server, role, servers: servers.clone() }
    }

    /// The server has answered as it should.
    pub(crate) fn succeeded(&mut self) -> Option<Change> {
        let role = self.role.take()?;
        self.server.health.succeeded(role, self.servers.now()).map(Change::Awake)
    }

    /// The server is to blame for the failure of the attempt.
    pub(crate) fn failed(&mut self, fault: Fault) -> Option<Change> {
        let role = self.role.take()?;
        self.server.health.failed(role, fault, self.servers.now()).map(Change::Rests)
    }
}

impl Drop for Chosen {
    fn drop(&mut self) {
        if let Some(role) = self.role {
            self.server.health.left(role, self.servers.now());
        }
    }
}
