//! [`Config`]: the routes of a gateway, from Spring's YAML.

use std::time::Duration;

use http::uri::{Authority, Scheme, Uri};
use persevere_http::{ConfigError, Key, Node, Position, RetryFilter, Value};

use crate::host::HostPattern;

/// What a gateway is made of.
#[derive(Debug, Default)]
pub(crate) struct Config {
    pub(crate) routes: Vec<Route>,
    /// How long the head of a response may take, for each attempt.
    pub(crate) response_timeout: Option<Duration>,
    /// How long a connection may take.
    pub(crate) connect_timeout: Option<Duration>,
    /// What an operator should know, though it is no error.
    pub(crate) warnings: Vec<String>,
}

/// Which requests go where, and how they are retried.
#[derive(Debug)]
pub(crate) struct Route {
    pub(crate) id: String,
    pub(crate) scheme: Scheme,
    pub(crate) authority: Authority,
    /// Matches a request to any of these hosts, or to any host when there is none.
    pub(crate) hosts: Option<Vec<HostPattern>>,
    pub(crate) filter: Option<RetryFilter>,
    pub(crate) position: Position,
}

impl Route {
    pub(crate) fn matches(&self, host: &str) -> bool {
        self.hosts.as_ref().is_none_or(|hosts| hosts.iter().any(|pattern| pattern.matches(host)))
    }
}

/// Where Spring keeps its gateway: in older releases, and since 4.3.
const TREES: [&[&str]; 2] =
    [&["spring", "cloud", "gateway", "server", "webflux"], &["spring", "cloud", "gateway"]];

impl Config {
    pub(crate) fn parse(text: &str) -> Result<Self, ConfigError> {
        let document = Node::parse(text)?;
        let at = |path: &[&str]| path.iter().try_fold(&document, |node, name| node.get(name));
        let Some(tree) = TREES.iter().find_map(|path| at(path)) else {
            let message = "there is no `spring.cloud.gateway`, so there are no routes";
            return Err(ConfigError::syntax(document.position, message));
        };
        let mut config = Self::default();
        for (key, node) in entries(tree, "the gateway")? {
            match plain(key).as_str() {
                "routes" => config.routes = list(node)?.iter().map(route).collect::<Result<_, _>>()?,
                "httpclient" => config.read_timeouts(node)?,
                _ => return Err(unsupported(key, "routes and httpclient")),
            }
        }
        if config.routes.is_empty() {
            return Err(ConfigError::syntax(tree.position, "there are no routes"));
        }
        config.warn();
        Ok(config)
    }

    fn read_timeouts(&mut self, node: &Node) -> Result<(), ConfigError> {
        for (key, node) in entries(node, "httpclient")? {
            let millis = || {
                let text = node.scalar().unwrap_or_default();
                let number = text.strip_suffix("ms").unwrap_or(text).trim().parse();
                let message = format!("`{}` takes whole milliseconds such as 500 or 500ms", key.name);
                number.map(Duration::from_millis).map_err(|_| ConfigError::syntax(node.position, message))
            };
            match plain(key).as_str() {
                "responsetimeout" => self.response_timeout = Some(millis()?),
                "connecttimeout" => self.connect_timeout = Some(millis()?),
                _ => return Err(unsupported(key, "connect-timeout and response-timeout")),
            }
        }
        Ok(())
    }

    fn warn(&mut self) {
        let mut catch_all: Option<&str> = None;
        for route in &self.routes {
            if let Some(earlier) = catch_all {
                let line = route.position.line;
                let id = &route.id;
                self.warnings
                    .push(format!("line {line}: route `{id}` is never reached: `{earlier}` matches all"));
            } else if route.hosts.is_none() {
                let line = route.position.line;
                let id = &route.id;
                self.warnings.push(format!("line {line}: route `{id}` has no predicates: it matches all"));
                catch_all = Some(&route.id);
            }
        }
    }
}

fn route(node: &Node) -> Result<Route, ConfigError> {
    let (mut id, mut uri, mut hosts, mut filter) = (None, None, None, None);
    for (key, node) in entries(node, "a route")? {
        match plain(key).as_str() {
            "id" => id = node.scalar().map(str::to_owned),
            "uri" => uri = Some(upstream(node)?),
            "predicates" => {
                for node in list(node)? {
                    hosts.get_or_insert_with(Vec::new).extend(predicate(node)?);
                }
            }
            "filters" => {
                for node in list(node)? {
                    if filter.replace(retry_filter(node)?).is_some() {
                        let message = "a second `Retry` would multiply the attempts: write one";
                        return Err(ConfigError::syntax(node.position, message));
                    }
                }
            }
            _ => return Err(unsupported(key, "id, uri, predicates and filters")),
        }
    }
    let missing = |name| ConfigError::syntax(node.position, format!("this route has no `{name}`"));
    let id = id.ok_or_else(|| missing("id"))?;
    let (scheme, authority) = uri.ok_or_else(|| missing("uri"))?;
    let filter = filter.map(|filter| with_id(filter, &id, node.position)).transpose()?;
    Ok(Route { id, scheme, authority, hosts, filter, position: node.position })
}

fn with_id(filter: RetryFilter, id: &str, position: Position) -> Result<RetryFilter, ConfigError> {
    filter.into_builder().route_id(id).build().map_err(|invalid| ConfigError::invalid(position, invalid))
}

/// Scheme, host and port are all that counts of a route's URI, as in Spring.
fn upstream(node: &Node) -> Result<(Scheme, Authority), ConfigError> {
    let text = node.scalar().unwrap_or_default();
    let refuse =
        |message: &str| Err(ConfigError::syntax(node.position, format!("`uri` is {text}: {message}")));
    match text.parse::<Uri>().map(Uri::into_parts) {
        Ok(parts) => match (parts.scheme, parts.authority) {
            (Some(scheme), Some(authority)) if scheme == Scheme::HTTP || scheme == Scheme::HTTPS => {
                Ok((scheme, authority))
            }
            _ => refuse("must be http://host:port or https://host:port"),
        },
        Err(_) => refuse("must be http://host:port or https://host:port"),
    }
}

/// The patterns of `Host=pattern,pattern`.
fn predicate(node: &Node) -> Result<Vec<HostPattern>, ConfigError> {
    match node.scalar().and_then(|text| text.split_once('=')) {
        Some((name, patterns)) if name.trim() == "Host" => {
            Ok(patterns.split(',').map(HostPattern::new).collect())
        }
        _ => Err(ConfigError::syntax(node.position, "the only predicate supported is `Host=pattern`")),
    }
}

/// `Retry`, `Retry=…` or `{ name: Retry, args: … }`.
fn retry_filter(node: &Node) -> Result<RetryFilter, ConfigError> {
    let unknown = || ConfigError::syntax(node.position, "the only filter supported is `Retry`");
    match &node.value {
        Value::Scalar(text) => match text.split('=').next().map(str::trim) {
            Some("Retry") => RetryFilter::from_shortcut(text, node.position),
            _ => Err(unknown()),
        },
        Value::Map(entries) => {
            if let Some((key, _)) = entries.iter().find(|(key, _)| !["name", "args"].contains(&&*plain(key)))
            {
                return Err(unsupported(key, "name and args"));
            }
            match node.get("name").and_then(Node::scalar) {
                Some("Retry") => {
                    node.get("args").map_or_else(|| Ok(RetryFilter::default()), RetryFilter::from_node)
                }
                _ => Err(unknown()),
            }
        }
        _ => Err(unknown()),
    }
}

fn list(node: &Node) -> Result<&[Node], ConfigError> {
    match &node.value {
        Value::List(nodes) => Ok(nodes),
        Value::Empty => Ok(&[]),
        _ => Err(ConfigError::syntax(node.position, "must be a list: each item begins with `- `")),
    }
}

fn entries<'n>(node: &'n Node, what: &str) -> Result<&'n [(Key, Node)], ConfigError> {
    match &node.value {
        Value::Map(entries) => Ok(entries),
        _ => Err(ConfigError::syntax(node.position, format!("{what} must be a mapping of names to values"))),
    }
}

fn unsupported(key: &Key, supported: &str) -> ConfigError {
    ConfigError::syntax(key.position, format!("`{}` is not supported here: there are {supported}", key.name))
}

/// Spring's names may be written in several ways: `response-timeout` is `responseTimeout`.
fn plain(key: &Key) -> String {
    key.name.to_ascii_lowercase().replace(['-', '_'], "")
}
