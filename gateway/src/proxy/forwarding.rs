//! [`Forwarding`]: the fields that tell a server about the gateway and the client.

use std::hash::{BuildHasher, RandomState};
use std::net::IpAddr;
use std::sync::{Mutex, PoisonError};

use http::request::Parts;
use http::{HeaderMap, HeaderName, HeaderValue, Version, header};
use regex::Regex;
use tokio::sync::OwnedSemaphorePermit;

const FOR: HeaderName = HeaderName::from_static("x-forwarded-for");
const HOST: HeaderName = HeaderName::from_static("x-forwarded-host");
const PROTO: HeaderName = HeaderName::from_static("x-forwarded-proto");

/// The fields that every client can set, but that count only from a trusted proxy.
const CLAIMS: [HeaderName; 6] = [
    header::FORWARDED,
    FOR,
    HOST,
    PROTO,
    HeaderName::from_static("x-forwarded-port"),
    HeaderName::from_static("x-forwarded-prefix"),
];

/// Fields that are added to a request.
const ADDED: usize = 5;

/// The client that has opened a connection.
#[derive(Debug)]
pub(crate) struct Peer {
    address: String,
    value: HeaderValue,
    /// The last host that was asked for, with its hop in `Forwarded`.
    ///
    /// Most requests of a connection ask for the same host.
    last: Mutex<Option<(HeaderValue, HeaderValue)>>,
    _permit: OwnedSemaphorePermit,
}

impl Peer {
    /// The client at this address. It keeps the `permit` of its connection until it is dropped.
    pub(crate) fn new(address: IpAddr, permit: OwnedSemaphorePermit) -> Self {
        let address = address.to_canonical().to_string();
        let value = HeaderValue::try_from(&address).expect("an address is ASCII");
        Self { address, value, last: Mutex::default(), _permit: permit }
    }

    /// Returns the address of the client.
    pub(crate) fn address(&self) -> &str {
        &self.address
    }

    /// One hop as RFC 7239 writes it.
    fn hop(&self, host: &HeaderValue) -> HeaderValue {
        let mut last = self.last.lock().unwrap_or_else(PoisonError::into_inner);
        match &*last {
            Some((known, hop)) if known == host => hop.clone(),
            _ => {
                let hop = hop(&self.address, host.to_str().unwrap_or_default());
                let hop =
                    HeaderValue::try_from(hop).unwrap_or_else(|_| HeaderValue::from_static("for=unknown"));
                *last = Some((host.clone(), hop.clone()));
                hop
            }
        }
    }
}

/// The fields that tell a server about the gateway and the client.
#[derive(Debug)]
pub(crate) struct Forwarding {
    /// The addresses of proxies whose fields about the client count.
    trusted: Option<Regex>,
    /// The name of this gateway in `Via`.
    name: String,
    via: [HeaderValue; 3],
}

/// A request that comes back to a gateway which has sent it.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Loop;

/// Returns a name for this process in `Via`.
///
/// Each process has its own name, so two gateways in a row do not look like a loop.
pub(crate) fn gateway_name() -> String {
    format!("persevere-{:08x}", RandomState::new().hash_one(0) & 0xffff_ffff)
}

impl Forwarding {
    pub(crate) fn new(trusted: Option<Regex>, name: &str) -> Self {
        let via = ["1.0", "1.1", "2.0"].map(|version| {
            HeaderValue::try_from(format!("{version} {name}")).expect("a version and a name are ASCII")
        });
        Self { trusted, name: name.to_owned(), via }
    }

    /// Tells the server who sent the request, to which host, and through which gateway.
    pub(crate) fn request(&self, head: &mut Parts, peer: &Peer, host: &HeaderValue) -> Result<(), Loop> {
        let headers = &mut head.headers;
        let passed = headers.get_all(header::VIA).iter().filter_map(|value| value.to_str().ok());
        if passed.flat_map(|hops| hops.split([',', ' '])).any(|word| word == self.name) {
            return Err(Loop);
        }
        let is_trusted = || self.trusted.as_ref().is_some_and(|trusted| trusted.is_match(&peer.address));
        if headers.keys().any(|name| CLAIMS.contains(name)) && !is_trusted() {
            for claim in &CLAIMS {
                headers.remove(claim);
            }
        }
        headers.reserve(ADDED);
        headers.append(FOR, peer.value.clone());
        headers.entry(HOST).or_insert_with(|| host.clone());
        headers.entry(PROTO).or_insert(HeaderValue::from_static("http"));
        headers.append(header::FORWARDED, peer.hop(host));
        headers.append(header::VIA, self.hop(head.version));
        Ok(())
    }

    /// Tells the client that the response came through this gateway.
    pub(crate) fn response(&self, headers: &mut HeaderMap, version: Version) {
        headers.append(header::VIA, self.hop(version));
    }

    fn hop(&self, version: Version) -> HeaderValue {
        let index = match version {
            Version::HTTP_09 | Version::HTTP_10 => 0,
            Version::HTTP_11 => 1,
            _ => 2,
        };
        self.via[index].clone()
    }
}

/// One hop as RFC 7239 writes it.
fn hop(address: &str, host: &str) -> String {
    let node = if address.contains(':') { format!("\"[{address}]\"") } else { address.to_owned() };
    let host =
        if host.is_empty() { String::new() } else { format!(";host=\"{}\"", host.replace(['"', '\\'], "")) };
    format!("for={node}{host};proto=http")
}
