//! [`RouteRetry`]: the retry filter of a route.

use super::definition::Definition;
use super::file::RouteFile;
use super::notes::Notes;
use crate::filter::RetryFilter;
use crate::spring::error::ConfigError;
use crate::spring::position::Position;
use crate::spring::yaml::{Node, closest};

/// The retry filter of a route.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct RouteRetry {
    /// The name of the route, if it has one.
    pub id: Option<String>,
    /// The place of the route.
    pub position: Position,
    /// The filter of the route, or else the one in `default-filters`. `None` if there is none, or if its own cannot be read.
    pub filter: Option<RetryFilter>,
}

/// The error for a list with two filters that retry.
pub const SECOND_RETRY: &str = "a second `Retry` would multiply the attempts: write one";

impl RouteFile {
    /// Returns the retry filter of each route, in the order of the file.
    ///
    /// Other filters, predicates and settings are not read. A filter whose name is similar to `Retry` leads to a warning.
    pub fn retries(&self, notes: &mut Notes) -> Vec<RouteRetry> {
        let Some(gateway) = &self.gateway else { return Vec::new() };
        let default = gateway.get("default-filters").map_or(Retry::Missing, |node| retry(node, notes));
        let routes = gateway.get("routes").and_then(|routes| notes.take(routes.list())).unwrap_or_default();
        let mut read = |route: &Node| {
            let own = route.get("filters").map_or(Retry::Missing, |node| retry(node, notes));
            let filter = match (own, &default) {
                (Retry::Read(filter), _) => Some(*filter),
                // Routes lead to different servers.
                (Retry::Missing, Retry::Read(filter)) => Some(filter.with_own_budget()),
                _ => None,
            };
            let id = route.get("id").and_then(Node::scalar).map(|id| id.trim().to_owned());
            RouteRetry { id, position: route.position, filter }
        };
        routes.iter().map(&mut read).collect()
    }
}

/// The `Retry` of a list.
enum Retry {
    Missing,
    Invalid,
    Read(Box<RetryFilter>),
}

/// Returns the only `Retry` of a list of filters.
fn retry(node: &Node, notes: &mut Notes) -> Retry {
    let mut found = Retry::Missing;
    for node in notes.take(node.list()).unwrap_or_default() {
        let Some(filter) = notes.take(Definition::parse(node, "a filter")) else { continue };
        let Some(read) = filter.retry() else {
            if closest(filter.name, ["Retry"]).is_some() {
                notes.warn(
                    node.position,
                    format!("filter `{}` is not read; did you mean `Retry`?", filter.name),
                );
            }
            continue;
        };
        if !matches!(found, Retry::Missing) {
            notes.refuse(node.position, SECOND_RETRY);
        }
        found = notes.take(read).map_or(Retry::Invalid, |filter| Retry::Read(Box::new(filter)));
    }
    found
}

impl Definition<'_> {
    /// Reads the filter, if this definition is a `Retry`.
    #[must_use]
    pub fn retry(&self) -> Option<Result<RetryFilter, ConfigError>> {
        (self.name == "Retry").then(|| match self.node() {
            Some(args) => RetryFilter::from_node(args),
            None => RetryFilter::from_shortcut(self.text, self.position),
        })
    }
}
