//! [`Addresses`]: the clients of `RemoteAddr`.

use std::fmt;
use std::net::IpAddr;

/// Networks of addresses, as `192.168.1.0/24`.
#[derive(Clone, Debug)]
pub(crate) struct Addresses(Vec<Network>);

#[derive(Clone, Copy, Debug)]
struct Network {
    address: IpAddr,
    bits: u32,
}

impl Addresses {
    pub(crate) fn parse(texts: &[String]) -> Result<Self, String> {
        let network = |text: &String| {
            Network::parse(text).ok_or_else(|| {
                format!("`{text}` must be an address or a network, as 192.168.1.0/24 or fd00::/8")
            })
        };
        texts.iter().map(network).collect::<Result<_, _>>().map(Self)
    }

    /// Returns true if the address is in one of the networks.
    pub(crate) fn contain(&self, address: &str) -> bool {
        let address = address.trim().trim_start_matches('[').trim_end_matches(']').parse::<IpAddr>();
        address.is_ok_and(|address| self.0.iter().any(|network| network.contains(address.to_canonical())))
    }
}

impl Network {
    fn parse(text: &str) -> Option<Self> {
        let (address, bits) = text.split_once('/').map_or((text, None), |(text, bits)| (text, Some(bits)));
        let address: IpAddr = address.parse().ok()?;
        let width = if address.is_ipv4() { 32 } else { 128 };
        let bits = bits.map_or(Some(width), |bits| bits.parse().ok()).filter(|bits| *bits <= width)?;
        Some(Self { address, bits })
    }

    fn contains(&self, address: IpAddr) -> bool {
        match (self.address, address) {
            (IpAddr::V4(own), IpAddr::V4(other)) => {
                let differ = own.to_bits() ^ other.to_bits();
                differ.checked_shr(32_u32.saturating_sub(self.bits)).unwrap_or(0) == 0
            }
            (IpAddr::V6(own), IpAddr::V6(other)) => {
                let differ = own.to_bits() ^ other.to_bits();
                differ.checked_shr(128_u32.saturating_sub(self.bits)).unwrap_or(0) == 0
            }
            _ => false,
        }
    }
}

impl fmt::Display for Addresses {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (index, Network { address, bits }) in self.0.iter().enumerate() {
            write!(f, "{}{address}/{bits}", if index == 0 { "" } else { "," })?;
        }
        Ok(())
    }
}
