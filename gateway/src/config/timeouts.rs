//! [`Timeouts`]: the limits for connecting and for the head of a response.

use std::time::Duration;

use super::node::duration;
use persevere_http::spring::ConfigError;
use persevere_http::spring::yaml::{Key, Node, plain};

/// The limits of each attempt for connecting and for the head of a response.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct Timeouts {
    pub(crate) connect: Limit,
    pub(crate) response: Limit,
    /// `None` if the file does not say.
    pub(crate) response_from: Option<ResponseFrom>,
}

/// The begin of the time for a response.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) enum ResponseFrom {
    /// With the attempt, as in Spring: connecting and sending the body count.
    #[default]
    Start,
    /// After the whole request has been handed to the connection.
    Sent,
}

/// A limit that a file can set, or switch off.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) enum Limit {
    #[default]
    Unsaid,
    /// A negative number, as in Spring.
    Never,
    After(Duration),
}

impl Limit {
    /// Returns this limit, or `otherwise` if the file does not set it.
    pub(super) const fn or(self, otherwise: Self) -> Self {
        match self {
            Self::Unsaid => otherwise,
            _ => self,
        }
    }

    pub(crate) const fn duration(self) -> Option<Duration> {
        match self {
            Self::After(limit) => Some(limit),
            Self::Unsaid | Self::Never => None,
        }
    }

    pub(super) fn parse(name: &str, node: &Node) -> Result<Self, ConfigError> {
        let negative = node.scalar().and_then(|text| text.trim().strip_prefix('-'));
        if negative.is_some_and(|text| duration(text).is_some()) {
            return Ok(Self::Never);
        }
        let message = format!("`{name}` must be a duration such as 500 (milliseconds), 500ms or 2s");
        node.duration().map(Self::After).ok_or_else(|| ConfigError::syntax(node.position, message))
    }
}

impl ResponseFrom {
    fn parse(name: &str, node: &Node) -> Result<Self, ConfigError> {
        match node.scalar() {
            Some("start") => Ok(Self::Start),
            Some("sent") => Ok(Self::Sent),
            other => {
                let message = format!(
                    "`{name}` is {}: must be `start` (with the attempt) or `sent` (when the request has been sent)",
                    other.unwrap_or("not a single value")
                );
                Err(ConfigError::syntax(node.position, message))
            }
        }
    }
}

impl Timeouts {
    /// The defaults. A server that does not accept connections costs 5 s.
    pub(super) const DEFAULT: Self =
        Self { connect: Limit::After(Duration::from_secs(5)), response: Limit::Unsaid, response_from: None };

    /// Takes the value of the key, if it is one of these limits.
    pub(crate) fn take(&mut self, key: &Key, node: &Node) -> Result<bool, ConfigError> {
        match plain(&key.name).as_str() {
            "responsetimeout" => self.response = Limit::parse(&key.name, node)?,
            "responsetimeoutfrom" => self.response_from = Some(ResponseFrom::parse(&key.name, node)?),
            "connecttimeout" => self.connect = Limit::parse(&key.name, node)?,
            _ => return Ok(false),
        }
        Ok(true)
    }

    /// Returns these limits, with `others` for limits that are not set.
    pub(crate) const fn or(self, others: Self) -> Self {
        let response_from =
            if self.response_from.is_some() { self.response_from } else { others.response_from };
        Self {
            connect: self.connect.or(others.connect),
            response: self.response.or(others.response),
            response_from,
        }
    }
}
