//! [`Config`]: the routes of a gateway, from Spring's YAML.

mod chain;
mod edit;
mod forecast;
mod host;
mod named;
mod node;
mod path;
mod pool;
mod predicate;
mod rewrite;
mod route;
mod target;
mod template;
mod timeouts;
mod wildcard;

use std::fmt;

use http::uri::Authority;
use persevere_http::{
    ConfigError, Position, RetryFilter,
    yaml::{Key, Node},
};
use regex::Regex;

use self::chain::Filter;
use self::node::{entries, list, plain, texts, unsupported, yes};
use self::target::Services;
use crate::say::say;

pub(crate) use self::edit::{BadEdit, Edit};
pub(crate) use self::forecast::Forecast;
pub(crate) use self::node::{duration, size};
pub(crate) use self::pool::{Pool, PoolLimits};
pub(crate) use self::route::Route;
pub(crate) use self::target::{Target, is_host_and_port};
pub(crate) use self::template::Variables;
pub(crate) use self::timeouts::{ResponseFrom, Timeouts};

/// What a gateway is made of.
#[derive(Debug, Default)]
pub(crate) struct Config {
    pub(crate) routes: Vec<Route>,
    /// Those of routes that say nothing else.
    pub(crate) timeouts: Timeouts,
    /// The connections to servers, of routes that say nothing else.
    pub(crate) pool: Pool,
    /// Files with the certificates that are trusted; none for those that everybody trusts.
    pub(crate) trusted_certificates: Vec<String>,
    /// The addresses whose word about forwarding counts.
    pub(crate) trusted_proxies: Option<Regex>,
    /// What an operator should know, though it is no error.
    pub(crate) warnings: Vec<String>,
}

/// Where Spring keeps its gateway: since 4.3, and in older releases.
const TREES: [&[&str]; 2] =
    [&["spring", "cloud", "gateway", "server", "webflux"], &["spring", "cloud", "gateway"]];

/// Where Spring keeps the instances of services.
const INSTANCES: &[&str] = &["spring", "cloud", "discovery", "client", "simple", "instances"];

impl Config {
    pub(crate) fn parse(text: &str) -> Result<Self, ConfigError> {
        let document = Node::parse(text)?;
        let tree = tree(&document)?;
        let services = at(&document, INSTANCES).map_or_else(|| Ok(Services::default()), Services::parse)?;
        let default = tree.get("default-filters").map_or(Ok(Vec::new()), Filter::list)?;
        let (mut config, mut switched_off) = (Self::default(), None);
        for (key, node) in entries(tree, "the gateway")? {
            match plain(key).as_str() {
                "routes" => {
                    let routes = list(node)?.iter().map(|node| Route::parse(node, &services, &default));
                    config.routes = routes.collect::<Result<_, _>>()?;
                }
                "httpclient" => config.client(node)?,
                "defaultfilters" => {}
                "trustedproxies" => config.trusted_proxies = Some(trusted(node)?),
                "filter" => switched_off = retry_is_off(node)?,
                "server" => {
                    let message = "there is no `server.webflux` in here, where the routes would be";
                    return Err(ConfigError::syntax(key.position, message));
                }
                _ => {
                    let known =
                        "routes, default-filters, httpclient, trusted-proxies and filter.retry.enabled";
                    return Err(unsupported(key, known));
                }
            }
        }
        if config.routes.is_empty() {
            return Err(ConfigError::syntax(tree.position, "there are no routes"));
        }
        config.timeouts = config.timeouts.or(Timeouts::DEFAULT);
        config.refuse_twins()?;
        config.refuse_switched_off(switched_off)?;
        config.warn(default.iter().any(Filter::is_retry));
        Ok(config)
    }

    /// Sends the routes of these names elsewhere.
    pub(crate) fn redirect(&mut self, upstreams: &[(String, Authority)]) -> Result<(), String> {
        for (index, (id, authority)) in upstreams.iter().enumerate() {
            if upstreams[..index].iter().any(|(earlier, _)| earlier == id) {
                return Err(format!("--upstream {id}=… is there twice"));
            }
            let Some(route) = self.routes.iter_mut().find(|route| route.id == *id) else {
                let known: Vec<_> = self.routes.iter().map(|route| route.id.as_str()).collect();
                return Err(format!(
                    "--upstream {id}=…: there is no such route; there are {}",
                    known.join(", ")
                ));
            };
            route.target = Target::plain(authority.clone());
        }
        Ok(())
    }

    /// Prints the warnings of the file `shown` to standard error.
    pub(crate) fn tell(&self, shown: &dyn fmt::Display) {
        for warning in &self.warnings {
            say(format_args!("warning: {shown}: {warning}"));
        }
        let filters = self.routes.iter().filter_map(|route| route.chain.retry.as_ref());
        let mut warnings: Vec<_> = filters.flat_map(RetryFilter::warnings).collect();
        warnings.sort_by_key(|warning| warning.position());
        warnings.dedup(); // a default filter stands in many routes
        for warning in warnings {
            say(format_args!("warning: {shown}: {warning}"));
        }
    }

    fn client(&mut self, node: &Node) -> Result<(), ConfigError> {
        for (key, node) in entries(node, "httpclient")? {
            match plain(key).as_str() {
                "ssl" => self.trusted_certificates = certificates(node)?,
                "pool" => {
                    for (key, node) in entries(node, "pool")? {
                        if !self.pool.take(key, node)? {
                            let known = "max-idle-time, max-life-time, max-connections and acquire-timeout";
                            return Err(unsupported(key, known));
                        }
                    }
                }
                _ if self.timeouts.take(key, node)? => {}
                _ => {
                    return Err(unsupported(
                        key,
                        "connect-timeout, response-timeout, response-timeout-from, pool and ssl",
                    ));
                }
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

    /// As in Spring, a filter that is switched off is not there for the routes that want it.
    fn refuse_switched_off(&self, switched_off: Option<Position>) -> Result<(), ConfigError> {
        let Some(place) = switched_off else { return Ok(()) };
        match self.routes.iter().find(|route| route.chain.retry.is_some()) {
            Some(route) => {
                let message = format!(
                    "route `{}` has a `Retry`, which line {} switches off: remove one of them",
                    route.id, place.line
                );
                Err(ConfigError::syntax(route.position, message))
            }
            None => Ok(()),
        }
    }

    fn warn(&mut self, has_default: bool) {
        for (index, route) in self.routes.iter().enumerate() {
            let (line, id) = (route.position.line, &route.id);
            if has_default && route.has_own_retry {
                self.warnings.push(format!(
                    "line {line}: the `Retry` of route `{id}` stands instead of the one in `default-filters`: both would multiply"
                ));
            }
            if let Some(methods) = route.retries_none_of() {
                self.warnings.push(format!(
                    "line {line}: route `{id}` takes {methods}, and its `Retry` is for other methods: nothing is retried"
                ));
            }
            if let Some(earlier) = self.routes[..index].iter().find(|earlier| earlier.covers(route)) {
                let takes =
                    if earlier.predicates.is_empty() { "every request" } else { "all of its requests" };
                let reason = format!("`{}` before it matches {takes}", earlier.id);
                self.warnings.push(format!("line {line}: route `{id}` is never reached: {reason}"));
            } else if route.predicates.is_empty() {
                self.warnings
                    .push(format!("line {line}: route `{id}` has no predicates: it matches every request"));
            }
        }
    }
}

/// The node at the end of a path, if there is one.
fn at<'n>(document: &'n Node, path: &[&str]) -> Option<&'n Node> {
    path.iter().try_fold(document, |node, name| node.get(name))
}

/// The tree that the routes are in.
fn tree(document: &Node) -> Result<&Node, ConfigError> {
    let Some(tree) = TREES.iter().find_map(|path| at(document, path)) else {
        let message = "there is no `spring.cloud.gateway`, so there are no routes";
        return Err(ConfigError::syntax(document.position, message));
    };
    let older = at(document, TREES[1]).and_then(|tree| tree.get("routes"));
    match (at(document, TREES[0]), older) {
        (Some(_), Some(older)) => {
            let message = "there are routes under `server.webflux` too: write all of them there";
            Err(ConfigError::syntax(older.position, message))
        }
        _ => Ok(tree),
    }
}

/// The files of `trusted-x509-certificates`.
fn certificates(node: &Node) -> Result<Vec<String>, ConfigError> {
    let mut files = Vec::new();
    for (key, node) in entries(node, "ssl")? {
        match plain(key).as_str() {
            "trustedx509certificates" => files = texts(node)?,
            "useinsecuretrustmanager" => {
                let message = "whoever trusts every certificate speaks to everybody: name those that are trusted in \
                               `trusted-x509-certificates`";
                return Err(ConfigError::syntax(key.position, message));
            }
            _ => return Err(unsupported(key, "trusted-x509-certificates, files in PEM")),
        }
    }
    Ok(files)
}

/// The addresses of proxies, as a regular expression that matches one as a whole.
fn trusted(node: &Node) -> Result<Regex, ConfigError> {
    path::whole(node.scalar().unwrap_or_default())
        .map_err(|message| ConfigError::syntax(node.position, message))
}

/// Where `filter.retry.enabled` is false.
fn retry_is_off(node: &Node) -> Result<Option<Position>, ConfigError> {
    let only = |entries: &[(Key, Node)], name: &str| match entries.iter().find(|(key, _)| plain(key) != name)
    {
        Some((key, _)) => Err(unsupported(key, "filter.retry.enabled")),
        None => Ok(()),
    };
    only(entries(node, "filter")?, "retry")?;
    let Some(retry) = node.get("retry") else { return Ok(None) };
    only(entries(retry, "filter.retry")?, "enabled")?;
    let Some(enabled) = retry.get("enabled") else { return Ok(None) };
    Ok((!yes("enabled", enabled)?).then_some(enabled.position))
}
