//! [`Config`]: the routes of a gateway, from Spring's YAML.

use std::fmt;

use http::request::Parts;
use http::uri::{Authority, Scheme, Uri};
use persevere_http::{ConfigError, Node, Position, RetryFilter, Value};

use crate::node::{entries, list, plain, unsupported};
use crate::predicate::Predicate;
use crate::timeouts::Timeouts;

/// What a gateway is made of.
#[derive(Debug, Default)]
pub(crate) struct Config {
    pub(crate) routes: Vec<Route>,
    /// Those of routes that say nothing else.
    pub(crate) timeouts: Timeouts,
    /// What an operator should know, though it is no error.
    pub(crate) warnings: Vec<String>,
}

/// Which requests go where, and how they are retried.
#[derive(Debug)]
pub(crate) struct Route {
    pub(crate) id: String,
    pub(crate) scheme: Scheme,
    pub(crate) authority: Authority,
    /// A request is meant if all of them match.
    pub(crate) predicates: Vec<Predicate>,
    pub(crate) filter: Option<RetryFilter>,
    /// Its own, where it says some.
    pub(crate) timeouts: Timeouts,
    pub(crate) position: Position,
    pub(crate) uri_position: Position,
}

impl Route {
    pub(crate) fn matches(&self, host: &str, head: &Parts) -> bool {
        self.predicates.iter().all(|predicate| predicate.matches(host, head))
    }
}

impl fmt::Display for Route {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "route {} (", self.id)?;
        if self.predicates.is_empty() {
            f.write_str("every request")?;
        }
        for (index, predicate) in self.predicates.iter().enumerate() {
            write!(f, "{}{predicate}", if index == 0 { "" } else { ", " })?;
        }
        write!(f, ") to {}: ", self.authority)?;
        match &self.filter {
            Some(filter) => write!(f, "{filter}"),
            None => f.write_str("no retry"),
        }
    }
}

/// Where Spring keeps its gateway: since 4.3, and in older releases.
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
        if let (Some(_), Some(older)) = (at(TREES[0]), at(TREES[1]).and_then(|tree| tree.get("routes"))) {
            let message = "there are routes under `server.webflux` too: write all of them there";
            return Err(ConfigError::syntax(older.position, message));
        }
        let (mut config, mut default) = (Self::default(), None);
        for (key, node) in entries(tree, "the gateway")? {
            match plain(key).as_str() {
                "routes" => config.routes = list(node)?.iter().map(route).collect::<Result<_, _>>()?,
                "httpclient" => config.timeouts = Timeouts::parse(node, "httpclient")?,
                "defaultfilters" => default = retry(node)?,
                "server" => {
                    let message = "there is no `server.webflux` in here, where the routes would be";
                    return Err(ConfigError::syntax(key.position, message));
                }
                _ => return Err(unsupported(key, "routes, default-filters and httpclient")),
            }
        }
        if config.routes.is_empty() {
            return Err(ConfigError::syntax(tree.position, "there are no routes"));
        }
        config.refuse_twins()?;
        if let Some(default) = default {
            config.apply(&default)?;
        }
        config.warn();
        Ok(config)
    }

    /// Gives a default filter to the routes that have none of their own.
    fn apply(&mut self, default: &RetryFilter) -> Result<(), ConfigError> {
        for route in &mut self.routes {
            match &route.filter {
                None => route.filter = Some(with_id(default.clone(), &route.id, route.position)?),
                Some(_) => self.warnings.push(format!(
                    "line {}: the `Retry` of route `{}` stands instead of the one in `default-filters`: both would multiply",
                    route.position.line, route.id
                )),
            }
        }
        Ok(())
    }

    /// Two routes of one name could not be told apart, in a log or on the command line.
    fn refuse_twins(&self) -> Result<(), ConfigError> {
        for (index, route) in self.routes.iter().enumerate() {
            if let Some(twin) = self.routes[..index].iter().find(|earlier| earlier.id == route.id) {
                let message =
                    format!("route `{}` is there already, in line {}", route.id, twin.position.line);
                return Err(ConfigError::syntax(route.position, message));
            }
        }
        Ok(())
    }

    fn warn(&mut self) {
        let mut catch_all: Option<&Route> = None;
        for route in &self.routes {
            let (line, id) = (route.position.line, &route.id);
            if let Some(earlier) = catch_all {
                let reason = format!("`{}` before it matches every request", earlier.id);
                self.warnings.push(format!("line {line}: route `{id}` is never reached: {reason}"));
            } else if route.predicates.is_empty() {
                self.warnings
                    .push(format!("line {line}: route `{id}` has no predicates: it matches every request"));
                catch_all = Some(route);
            }
        }
    }
}

fn route(node: &Node) -> Result<Route, ConfigError> {
    let (mut id, mut uri, mut predicates, mut filter) = (None, None, Vec::new(), None);
    let mut timeouts = Timeouts::default();
    for (key, node) in entries(node, "a route")? {
        match plain(key).as_str() {
            "id" => id = node.scalar().map(str::to_owned),
            "uri" => uri = Some((upstream(node)?, node.position)),
            "predicates" => {
                predicates = list(node)?.iter().map(Predicate::parse).collect::<Result<_, _>>()?;
            }
            "filters" => filter = retry(node)?,
            "metadata" => timeouts = Timeouts::parse(node, "metadata")?,
            _ => return Err(unsupported(key, "id, uri, predicates, filters and metadata")),
        }
    }
    let missing = |name| ConfigError::syntax(node.position, format!("this route has no `{name}`"));
    let id = id.ok_or_else(|| missing("id"))?;
    let ((scheme, authority), uri_position) = uri.ok_or_else(|| missing("uri"))?;
    let filter = filter.map(|filter| with_id(filter, &id, node.position)).transpose()?;
    Ok(Route { id, scheme, authority, predicates, filter, timeouts, position: node.position, uri_position })
}

/// The only filter of a list, if there is one.
fn retry(node: &Node) -> Result<Option<RetryFilter>, ConfigError> {
    let mut filter = None;
    for node in list(node)? {
        if filter.replace(retry_filter(node)?).is_some() {
            let message = "a second `Retry` would multiply the attempts: write one";
            return Err(ConfigError::syntax(node.position, message));
        }
    }
    Ok(filter)
}

fn with_id(filter: RetryFilter, id: &str, position: Position) -> Result<RetryFilter, ConfigError> {
    filter.into_builder().route_id(id).build().map_err(|invalid| ConfigError::invalid(position, invalid))
}

/// Scheme, host and port are all that counts of a route's URI, as in Spring.
fn upstream(node: &Node) -> Result<(Scheme, Authority), ConfigError> {
    let text = node.scalar().unwrap_or_default();
    let parts = text.parse::<Uri>().map(Uri::into_parts).ok();
    let target = parts.and_then(|parts| Some((parts.scheme?, parts.authority?)));
    match target {
        Some((scheme, authority))
            if (scheme == Scheme::HTTP || scheme == Scheme::HTTPS) && is_host_and_port(&authority) =>
        {
            Ok((scheme, authority))
        }
        _ => {
            let message = format!("`uri` is {text}: must be http://HOST or http://HOST:PORT");
            Err(ConfigError::syntax(node.position, message))
        }
    }
}

/// Whether this is HOST or HOST:PORT: no user information, and a port below 65,536, which the type `Authority`
/// does not see to.
pub(crate) fn is_host_and_port(authority: &Authority) -> bool {
    match authority.as_str().strip_prefix(authority.host()) {
        Some("") => true,
        Some(port) => port.strip_prefix(':').is_some_and(|port| port.parse::<u16>().is_ok()),
        None => false, // something stands before the host
    }
}

/// `Retry`, `Retry=…` or `{ name: Retry, args: … }`.
fn retry_filter(node: &Node) -> Result<RetryFilter, ConfigError> {
    let refuse = |name: &str| {
        let message = format!("filter `{name}` is not supported: there is only `Retry`");
        Err(ConfigError::syntax(node.position, message))
    };
    if let Value::Scalar(text) = &node.value {
        return match text.split('=').next().unwrap_or_default().trim() {
            "Retry" => RetryFilter::from_shortcut(text, node.position),
            name => refuse(name),
        };
    }
    for (key, _) in entries(node, "a filter")? {
        if !["name", "args"].contains(&plain(key).as_str()) {
            return Err(unsupported(key, "name and args"));
        }
    }
    match node.get("name").and_then(Node::scalar).unwrap_or_default() {
        "Retry" => node.get("args").map_or_else(|| "Retry".parse(), RetryFilter::from_node),
        name => refuse(name),
    }
}
