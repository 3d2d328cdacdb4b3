//! [`Pool`]: how long connections to servers are kept, and how many there may be.

use std::time::Duration;

use persevere_http::spring::ConfigError;
use persevere_http::spring::routes::{Answer, Notes, section};
use persevere_http::spring::yaml::{Key, Node, meant_value, plain};

use super::timeouts::Limit;

/// The settings of `httpclient.pool`, or of a route's `metadata`, for connections to servers.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct Pool {
    idle: Limit,
    life: Limit,
    acquire: Limit,
    connections: Option<usize>,
}

/// The limits of a pool of connections to one server.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct PoolLimits {
    /// Closes a connection that has carried no request for this long. 30 s by default; zero keeps none.
    pub(crate) max_idle_time: Option<Duration>,
    /// Takes no further request on a connection of this age. No limit by default.
    pub(crate) max_life_time: Option<Duration>,
    /// The most connections to one server at once. No limit by default.
    pub(crate) max_connections: Option<usize>,
    /// Ends an attempt that has waited this long for one of `max_connections`. 45 s by default.
    pub(crate) acquire_timeout: Option<Duration>,
}

/// Shorter than what most servers and balancers keep an idle connection for.
const IDLE: Duration = Duration::from_secs(30);

/// As in Spring.
const ACQUIRE: Duration = Duration::from_secs(45);

impl Default for PoolLimits {
    fn default() -> Self {
        Pool::default().limits()
    }
}

const KEYS: [(&str, Answer); 9] = [
    ("type", Answer::Here),
    ("max-idle-time", Answer::Here),
    ("max-life-time", Answer::Here),
    ("max-connections", Answer::Here),
    ("acquire-timeout", Answer::Here),
    ("eviction-interval", Answer::Warn("a connection is closed when its time is over")),
    ("leasing-strategy", Answer::Warn("the connection that was used last is used next")),
    ("name", Answer::Warn("a pool is known by its server")),
    ("metrics", Answer::Warn("metrics are at --admin")),
];

/// The most connections of `type: fixed` if it says nothing, as in Spring.
const FIXED: usize = 500;

const TYPES: [&str; 3] = ["elastic", "fixed", "disabled"];

impl Pool {
    /// Reads `httpclient.pool`.
    pub(crate) fn parse(node: &Node, notes: &mut Notes) -> Self {
        let (mut pool, mut kind) = (Self::default(), None);
        for (name, key, node) in section(node, "pool", &KEYS, notes) {
            if name == "type" {
                kind = notes.take(one_of_types(node)).map(|name| (name, node.position));
            } else {
                notes.take(pool.take(key, node));
            }
        }
        match kind {
            Some(("fixed", _)) => pool.connections = pool.connections.or(Some(FIXED)),
            Some(("disabled", _)) => {
                pool = Self { idle: Limit::After(Duration::ZERO), ..Self::default() };
            }
            Some((_, place)) if pool.connections.is_some() => {
                notes.warn(place, "`max-connections` holds here; Spring heeds it only with `type: fixed`");
            }
            _ => {}
        }
        pool
    }

    /// Takes the value of the key, if it is one of these settings.
    pub(crate) fn take(&mut self, key: &Key, node: &Node) -> Result<bool, ConfigError> {
        match plain(&key.name).as_str() {
            "maxidletime" => self.idle = Limit::parse(&key.name, node)?,
            "maxlifetime" => self.life = Limit::parse(&key.name, node)?,
            "acquiretimeout" => self.acquire = Limit::parse(&key.name, node)?,
            "maxconnections" => {
                let number =
                    node.scalar().and_then(|text| text.trim().parse().ok()).filter(|number| *number > 0);
                let message = format!("`{}` must be a whole number above 0, such as 500", key.name);
                self.connections = Some(number.ok_or_else(|| ConfigError::syntax(node.position, message))?);
            }
            _ => return Ok(false),
        }
        Ok(true)
    }

    /// These settings, and `others` where they say nothing.
    pub(crate) fn or(self, others: Self) -> Self {
        Self {
            idle: self.idle.or(others.idle),
            life: self.life.or(others.life),
            acquire: self.acquire.or(others.acquire),
            connections: self.connections.or(others.connections),
        }
    }

    /// The limits, with the defaults of what is not said.
    pub(crate) const fn limits(self) -> PoolLimits {
        PoolLimits {
            max_idle_time: self.idle.or(Limit::After(IDLE)).duration(),
            max_life_time: self.life.duration(),
            max_connections: self.connections,
            acquire_timeout: self.acquire.or(Limit::After(ACQUIRE)).duration(),
        }
    }
}

fn one_of_types(node: &Node) -> Result<&'static str, ConfigError> {
    let text = node.scalar().unwrap_or_default().trim();
    TYPES.into_iter().find(|name| name.eq_ignore_ascii_case(text)).ok_or_else(|| {
        let advice = meant_value(text, TYPES);
        let message = format!("`type` is {text}: must be elastic, fixed or disabled{advice}");
        ConfigError::syntax(node.position, message)
    })
}
