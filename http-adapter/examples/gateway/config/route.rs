//! [`Route`]: which requests go where, what is done to them, and how they are retried.

use std::fmt;
use std::sync::Arc;

use http::request::Parts;
use persevere_http::{ConfigError, Position, RetryFilter, yaml::Node};

use super::chain::{Chain, Filter};
use super::edit::Edit;
use super::node::{entries, list, plain, unsupported, yes};
use super::pool::Pool;
use super::predicate::Predicate;
use super::target::{Services, Target};
use super::template::Variables;
use super::timeouts::Timeouts;

/// Which requests go where, what is done to them, and how they are retried.
#[derive(Debug)]
pub(crate) struct Route {
    pub(crate) id: String,
    pub(crate) target: Target,
    /// A request is meant if all of them match.
    pub(crate) predicates: Vec<Predicate>,
    pub(crate) chain: Chain,
    /// Its own, where it says some.
    pub(crate) timeouts: Timeouts,
    /// Its own settings of connections, where it says some.
    pub(crate) pool: Pool,
    /// It has a `Retry` that is not one for all routes.
    pub(crate) has_own_retry: bool,
    /// Its servers speak HTTP/2, without being asked.
    pub(crate) http2: bool,
    pub(crate) position: Position,
}

impl Route {
    /// A route, with the filters of all routes before its own.
    pub(crate) fn parse(node: &Node, services: &Services, default: &[Filter]) -> Result<Self, ConfigError> {
        let (mut id, mut target, mut predicates, mut filters) = (None, None, Vec::new(), Vec::new());
        let mut metadata = Metadata::default();
        for (key, node) in entries(node, "a route")? {
            match plain(key).as_str() {
                "id" => id = node.scalar().map(str::to_owned),
                "uri" => target = Some(Target::parse(node, services)?),
                "predicates" => {
                    predicates = list(node)?.iter().map(Predicate::parse).collect::<Result<_, _>>()?;
                }
                "filters" => filters = Filter::list(node)?,
                "metadata" => metadata = Metadata::parse(node)?,
                _ => return Err(unsupported(key, "id, uri, predicates, filters and metadata")),
            }
        }
        let missing = |name| ConfigError::syntax(node.position, format!("this route has no `{name}`"));
        let id = id.ok_or_else(|| missing("id"))?;
        let target = target.ok_or_else(|| missing("uri"))?;
        let has_own_retry = filters.iter().any(Filter::is_retry);
        let mut chain = Chain::of(default, filters);
        let named = chain.retry.take().map(|filter| with_id(filter, &id, node.position));
        chain.retry = named.transpose()?;
        let Metadata { timeouts, pool, http2 } = metadata;
        let position = node.position;
        let route = Self { id, target, predicates, chain, timeouts, pool, has_own_retry, http2, position };
        route.refuse_unknown_variables()?;
        Ok(route)
    }

    pub(crate) fn matches(&self, host: &str, head: &Parts) -> bool {
        self.predicates.iter().all(|predicate| predicate.matches(host, head))
    }

    /// Whether it matches all that `other` matches, as far as their predicates can be compared.
    pub(crate) fn covers(&self, other: &Self) -> bool {
        self.predicates.iter().all(|own| other.predicates.iter().any(|predicate| own.covers(predicate)))
    }

    /// What the variables of its patterns stand for in a request that matches; `None` if no filter asks for one.
    pub(crate) fn variables(&self, host: &str, path: &str) -> Option<Arc<Variables>> {
        self.chain.edits().flat_map(Edit::variables).next()?;
        Some(self.predicates.iter().flat_map(|predicate| predicate.variables(host, path)).collect())
    }

    /// The methods that it takes, if its filter sends none of them again.
    pub(crate) fn retries_none_of(&self) -> Option<String> {
        let filter = self.chain.retry.as_ref()?;
        let methods = self.predicates.iter().find_map(|predicate| match predicate {
            Predicate::Method(methods) => Some(methods),
            _ => None,
        })?;
        let names = || methods.iter().map(ToString::to_string).collect::<Vec<_>>().join(", ");
        (!methods.iter().any(|method| filter.may_retry(method))).then(names)
    }

    fn refuse_unknown_variables(&self) -> Result<(), ConfigError> {
        for name in self.chain.edits().flat_map(Edit::variables) {
            if !self.predicates.iter().any(|predicate| predicate.has_variable(name)) {
                let message = format!(
                    "a filter of route `{}` has `{{{name}}}`, which is in no `Path` or `Host` of it, or not in every pattern",
                    self.id
                );
                return Err(ConfigError::syntax(self.position, message));
            }
        }
        Ok(())
    }
}

fn with_id(filter: RetryFilter, id: &str, position: Position) -> Result<RetryFilter, ConfigError> {
    filter.into_builder().route_id(id).build().map_err(|invalid| ConfigError::invalid(position, invalid))
}

/// What a route says beside Spring's own settings.
#[derive(Default)]
struct Metadata {
    timeouts: Timeouts,
    pool: Pool,
    http2: bool,
}

impl Metadata {
    fn parse(node: &Node) -> Result<Self, ConfigError> {
        let mut metadata = Self::default();
        for (key, node) in entries(node, "metadata")? {
            match plain(key).as_str() {
                "http2" => metadata.http2 = yes(&key.name, node)?,
                _ if metadata.timeouts.take(key, node)? || metadata.pool.take(key, node)? => {}
                _ => {
                    return Err(unsupported(
                        key,
                        "connect-timeout, response-timeout, response-timeout-from and http2",
                    ));
                }
            }
        }
        Ok(metadata)
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
        write!(f, ") to {}{}: ", self.target, if self.http2 { " in HTTP/2" } else { "" })?;
        for edit in &self.chain.before {
            write!(f, "{edit}, ")?;
        }
        match &self.chain.retry {
            Some(filter) => write!(f, "{filter}")?,
            None => f.write_str("no retry")?,
        }
        self.chain.after.iter().try_for_each(|edit| write!(f, ", {edit} for each attempt"))?;
        self.chain.request_size.map_or(Ok(()), |bytes| write!(f, ", bodies up to {bytes} bytes"))
    }
}
