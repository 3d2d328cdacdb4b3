//! [`Chain`]: the filters of a route, in the order in which they run.

use persevere_http::{ConfigError, RetryFilter, yaml::Node};

use super::edit::Edit;
use super::named::Named;
use super::node::{list, size};

/// One filter of a list.
#[derive(Clone, Debug)]
pub(crate) enum Filter {
    Retry(Box<RetryFilter>),
    /// The most bytes that a body may have.
    RequestSize(u64),
    Edit(Edit),
}

/// The largest body that `RequestSize` lets pass if it says nothing, as in Spring.
const REQUEST_SIZE: u64 = 5 * 1024 * 1024;

/// The filters of a route, in the order in which they run.
#[derive(Debug, Default)]
pub(crate) struct Chain {
    /// Run once for each request.
    pub(crate) before: Vec<Edit>,
    pub(crate) retry: Option<RetryFilter>,
    /// Run for each attempt.
    pub(crate) after: Vec<Edit>,
    /// Holds wherever it stands: a body does not change between attempts.
    pub(crate) request_size: Option<u64>,
}

impl Filter {
    /// The filters of a list, with at most one `Retry`.
    pub(crate) fn list(node: &Node) -> Result<Vec<Self>, ConfigError> {
        let mut filters = Vec::new();
        for node in list(node)? {
            let filter = Self::parse(node)?;
            if filter.is_retry() && filters.iter().any(Self::is_retry) {
                let message = "a second `Retry` would multiply the attempts: write one";
                return Err(ConfigError::syntax(node.position, message));
            }
            filters.push(filter);
        }
        Ok(filters)
    }

    /// A filter of all routes as that of one: its budget is its own, since routes lead to different servers.
    fn for_route(&self) -> Self {
        match self {
            Self::Retry(retry) => {
                let budget = retry.budget().filled_as(retry.budget());
                let builder = retry.as_ref().clone().into_builder().budget(budget);
                Self::Retry(Box::new(builder.build().expect("a filter that was valid stays so")))
            }
            other => other.clone(),
        }
    }

    pub(crate) const fn is_retry(&self) -> bool {
        matches!(self, Self::Retry(_))
    }

    fn parse(node: &Node) -> Result<Self, ConfigError> {
        let named = Named::parse(node, "a filter")?;
        match (named.name, named.node(), node.scalar()) {
            ("Retry", Some(args), _) => RetryFilter::from_node(args).map(Box::new).map(Self::Retry),
            ("Retry", None, text) => RetryFilter::from_shortcut(text.unwrap_or("Retry"), node.position)
                .map(Box::new)
                .map(Self::Retry),
            ("RequestSize", ..) => {
                let values = named.values(&["maxSize"], 0)?;
                let Some(text) = values.first() else { return Ok(Self::RequestSize(REQUEST_SIZE)) };
                let bytes = size(text).and_then(|bytes| u64::try_from(bytes).ok()).filter(|bytes| *bytes > 0);
                let bound = || {
                    named.refuse(format!(
                        "`maxSize` is {text}: must be a size above 0 such as 5000, 64KB or 5MB"
                    ))
                };
                bytes.map(Self::RequestSize).ok_or_else(bound)
            }
            _ => Edit::of(&named).map(Self::Edit),
        }
    }
}

impl Chain {
    /// Those of a route and those of all routes, as Spring orders them: by their place in their own lists, at the same place
    /// the default one first. Of two `Retry`, that of the route stands at its place.
    pub(crate) fn of(default: &[Filter], own: Vec<Filter>) -> Self {
        let has_own = own.iter().any(Filter::is_retry);
        let (mut chain, mut own) = (Self::default(), own.into_iter());
        for filter in default {
            if !(has_own && filter.is_retry()) {
                chain.push(filter.for_route());
            }
            own.next().into_iter().for_each(|filter| chain.push(filter));
        }
        own.for_each(|filter| chain.push(filter));
        chain
    }

    fn push(&mut self, filter: Filter) {
        match filter {
            Filter::Retry(retry) => self.retry = Some(*retry),
            Filter::RequestSize(bytes) => {
                self.request_size = Some(self.request_size.map_or(bytes, |other| other.min(bytes)));
            }
            Filter::Edit(edit) if self.retry.is_some() => self.after.push(edit),
            Filter::Edit(edit) => self.before.push(edit),
        }
    }

    /// All edits, whenever they run.
    pub(crate) fn edits(&self) -> impl Iterator<Item = &Edit> {
        self.before.iter().chain(&self.after)
    }
}
