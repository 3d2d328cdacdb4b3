//! [`Authority`]: the host and the port that a request asks for.

use std::net::Ipv6Addr;

/// The host and the port that a request asks for (RFC 3986, section 3.2.2).
///
/// The grammar of the RFC allows these parts, but they are refused:
///
/// * Percent-encoding and empty labels, because no name in DNS has them and programs read them in different ways.
/// * Commas, because `X-Forwarded-Host` is a list.
/// * User information.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Authority<'a> {
    host: &'a str,
    port: Option<u16>,
}

impl<'a> Authority<'a> {
    /// Reads `host` or `host:port`, or returns what is wrong with the text.
    pub(crate) fn parse(text: &'a str) -> Result<Self, &'static str> {
        let (host, port) = if text.starts_with('[') {
            let end = text.find(']').ok_or("the address of the host has no closing bracket")?;
            let (host, port) = text.split_at(end.saturating_add(1));
            let address = host.strip_prefix('[').and_then(|host| host.strip_suffix(']'));
            let address = address.and_then(|address| address.parse::<Ipv6Addr>().ok());
            address.ok_or("the address of the host is not IPv6")?;
            (host, port)
        } else {
            let (host, port) = text.split_at(text.find(':').unwrap_or(text.len()));
            check_name(host)?;
            (host, port)
        };
        Ok(Self { host, port: parse_port(port)? })
    }

    /// Returns true if both mean the same host and port.
    ///
    /// An authority without a port has the `default_port` of the scheme.
    pub(crate) fn is_same(&self, other: &Self, default_port: u16) -> bool {
        let port = |authority: &Self| authority.port.unwrap_or(default_port);
        self.host.eq_ignore_ascii_case(other.host) && port(self) == port(other)
    }
}

/// Checks a name or an IPv4 address.
fn check_name(name: &str) -> Result<(), &'static str> {
    if name.is_empty() {
        return Err("the name of the host is empty");
    }
    let is_allowed = |byte: u8| byte.is_ascii_alphanumeric() || b"-._~!$&'()*+;=".contains(&byte);
    if !name.bytes().all(is_allowed) {
        return Err("the name of the host has characters that no name has");
    }
    // A dot at the end stands for the root.
    if name.strip_suffix('.').unwrap_or(name).split('.').any(str::is_empty) {
        return Err("the name of the host has an empty label");
    }
    Ok(())
}

/// Reads the text after the host: nothing, or a colon and an optional number.
fn parse_port(text: &str) -> Result<Option<u16>, &'static str> {
    const BAD: &str = "the port of the host is not a number up to 65535";
    if text.is_empty() {
        return Ok(None);
    }
    let digits = text.strip_prefix(':').ok_or(BAD)?;
    if digits.is_empty() {
        return Ok(None);
    }
    // `parse` alone would take a plus sign.
    if digits.bytes().all(|byte| byte.is_ascii_digit()) {
        digits.parse().map(Some).map_err(|_| BAD)
    } else {
        Err(BAD)
    }
}
