//! [`Destination`]: the server of an exchange; [`Wish`] and [`Permit`]: which connection the exchange may have.

use std::hash::{Hash, Hasher};
use std::net::SocketAddr;
use std::time::Duration;

use http::uri::{Authority, Scheme};
use tokio::sync::OwnedSemaphorePermit;

use super::handed::HeadLimit;

/// The server of an exchange.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Destination {
    pub(crate) scheme: Scheme,
    pub(crate) authority: Authority,
    /// An address of the authority.
    pub(crate) address: SocketAddr,
    /// True if the exchange may upgrade the connection, which only HTTP/1.1 allows.
    pub(crate) upgradable: bool,
}

/// The address tells nearly all destinations apart, and a name takes much longer to hash.
impl Hash for Destination {
    fn hash<H: Hasher>(&self, hasher: &mut H) {
        self.address.hash(hasher);
        self.upgradable.hash(hasher);
    }
}

/// The wishes of an exchange about its connection.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Wish {
    /// A connection that has never been used.
    pub(crate) fresh: bool,
    /// The time for a new connection, if it is shorter than the connect timeout.
    pub(crate) connect_within: Option<Duration>,
    pub(crate) head: HeadLimit,
}

/// The right to have one connection, or `None` without a limit. Dropping it gives it back.
pub(super) type Permit = Option<OwnedSemaphorePermit>;
