//! [`RouteRetry`]: the retry filter of a route.

use super::definition::Definition;
use super::file::RouteFile;
use super::notes::Notes;
use crate::filter::RetryFilter;
use crate::spring::error::ConfigError;
use crate::spring::position::Position;
use crate::spring::yaml::Node;

/// The retry filter of a route.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct RouteRetry {
    /// The name of the route, if it has one.
    pub id: Option<String>,
    /// The place of the route.
    pub position: Position,
    /// The filter of the route, or else the one in `default-filters`. `None` if there is none, or if it cannot be read.
    pub filter: Option<RetryFilter>,
}

impl RouteFile {
    /// Returns the retry filter of each route, in the order of the file.
    ///
    /// Other filters, predicates and settings are not read.
    pub fn retries(&self, notes: &mut Notes) -> Vec<RouteRetry> {
        let Some(gateway) = &self.gateway else { return Vec::new() };
        let default = gateway.get("default-filters").and_then(|node| retry(node, notes));
        let routes = gateway.get("routes").and_then(|routes| notes.take(routes.list())).unwrap_or_default();
        let mut read = |route: &Node| {
            let own = route.get("filters").and_then(|node| retry(node, notes));
            let id = route.get("id").and_then(Node::scalar).map(|id| id.trim().to_owned());
            RouteRetry { id, position: route.position, filter: own.or_else(|| default.clone()) }
        };
        routes.iter().map(&mut read).collect()
    }
}

/// Returns the only `Retry` of a list of filters.
fn retry(node: &Node, notes: &mut Notes) -> Option<RetryFilter> {
    let mut found = None;
    for node in notes.take(node.list())? {
        let read = notes.take(Definition::parse(node, "a filter")).and_then(|filter| filter.retry(node));
        let Some(read) = read else { continue };
        if found.is_some() {
            notes.refuse(node.position, SECOND);
        }
        found = notes.take(read).or(found);
    }
    found
}

/// The error for a list with two filters that retry.
const SECOND: &str = "a second `Retry` would multiply the attempts: write one";

impl Definition<'_> {
    /// Reads the filter if this definition, which stands at `node`, is a `Retry`.
    #[must_use]
    pub fn retry(&self, node: &Node) -> Option<Result<RetryFilter, ConfigError>> {
        (self.name == "Retry").then(|| match self.node() {
            Some(args) => RetryFilter::from_node(args),
            None => RetryFilter::from_shortcut(node.scalar().unwrap_or("Retry"), node.position),
        })
    }
}
