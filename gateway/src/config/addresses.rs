//! [`Addresses`]: the clients of `RemoteAddr`.

use std::fmt;
use std::net::IpAddr;

use ipnet::{IpNet, Ipv4Net};

/// Networks of addresses, as `192.168.1.0/24`.
#[derive(Clone, Debug)]
pub(crate) struct Addresses(pub(crate) Vec<IpNet>);

impl Addresses {
    /// Reads an address or a network.
    pub(crate) fn network(text: &str) -> Result<IpNet, String> {
        let address = || text.parse::<IpAddr>().map(IpNet::from);
        text.parse()
            .or_else(|_| address())
            .map(canonical)
            .map_err(|_| format!("`{text}` must be an address or a network, as 192.168.1.0/24 or fd00::/8"))
    }

    /// Returns true if the address is in one of the networks. An IPv6 address may be in brackets.
    pub(crate) fn contain(&self, address: &str) -> bool {
        let address = address.trim();
        let bare = address.strip_prefix('[').and_then(|address| address.strip_suffix(']'));
        let address = bare.unwrap_or(address).parse::<IpAddr>();
        address.is_ok_and(|address| self.0.iter().any(|network| network.contains(&address.to_canonical())))
    }
}

/// Returns the network of IPv4 for a network of IPv4-mapped addresses, such as `::ffff:10.0.0.0/104`.
///
/// The address of a client is compared in this form, too.
fn canonical(network: IpNet) -> IpNet {
    match (network.addr().to_canonical(), network.prefix_len().checked_sub(96)) {
        (IpAddr::V4(address), Some(bits)) => Ipv4Net::new(address, bits).map_or(network, IpNet::V4),
        _ => network,
    }
}

impl fmt::Display for Addresses {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (index, network) in self.0.iter().enumerate() {
            write!(f, "{}{network}", if index == 0 { "" } else { "," })?;
        }
        Ok(())
    }
}
