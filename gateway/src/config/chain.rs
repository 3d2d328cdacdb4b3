//! [`Chain`]: the filters of a route, in the order in which they run.

use http::HeaderName;
use persevere_http::RetryFilter;
use persevere_http::spring::ConfigError;
use persevere_http::spring::routes::{Definition, Notes, SECOND_RETRY};
use persevere_http::spring::yaml::Node;

use super::edit::Edit;
use super::node::size;
use super::refusals;

/// One filter of a list.
#[derive(Clone, Debug)]
pub(crate) enum Filter {
    Retry(Box<RetryFilter>),
    /// The most bytes that a body may have.
    RequestSize(u64),
    /// The most bytes that one header of a request may have.
    HeaderSize(usize),
    Edit(Edit),
}

/// The names of the filters that are not edits.
const NAMES: [&str; 3] = ["Retry", "RequestSize", "RequestHeaderSize"];

/// The default limit of `RequestHeaderSize` in bytes, as in Spring.
const HEADER_SIZE: usize = 16_000;

/// The default limit of `RequestSize` in bytes, as in Spring.
const REQUEST_SIZE: usize = 5 * 1024 * 1024;

/// The filters of a route, in the order in which they run.
#[derive(Debug, Default)]
pub(crate) struct Chain {
    /// The edits before `Retry`, which run once per request.
    pub(crate) before: Vec<Edit>,
    pub(crate) retry: Option<RetryFilter>,
    /// The edits after `Retry`, which run once per attempt.
    pub(crate) after: Vec<Edit>,
    /// The lowest limit of a body. Its place in the list does not matter.
    pub(crate) request_size: Option<u64>,
    /// The lowest limit of one header, its name included.
    pub(crate) header_size: Option<usize>,
}

impl Filter {
    /// Reads the filters of a list, which may have one `Retry`.
    pub(crate) fn list(node: &Node, status_header: Option<&HeaderName>, notes: &mut Notes) -> Vec<Self> {
        let mut filters: Vec<Self> = Vec::new();
        for node in notes.take(node.list()).unwrap_or_default() {
            let Some(filter) = Self::parse(node, status_header, notes) else { continue };
            if filter.is_retry() && filters.iter().any(Self::is_retry) {
                notes.refuse(node.position, SECOND_RETRY);
            }
            filters.push(filter);
        }
        filters
    }

    /// Returns a copy of a default filter for one route.
    fn for_route(&self) -> Self {
        match self {
            Self::Retry(retry) => Self::Retry(Box::new(retry.with_own_budget())),
            other => other.clone(),
        }
    }

    pub(crate) const fn is_retry(&self) -> bool {
        matches!(self, Self::Retry(_))
    }

    /// Reads a filter. Returns `None` if it is invalid or has no effect.
    fn parse(node: &Node, status_header: Option<&HeaderName>, notes: &mut Notes) -> Option<Self> {
        let named = notes.take(Definition::parse(node, "a filter"))?;
        if let Some(why) = refusals::nothing(named.name) {
            notes.warn(named.position, format!("filter `{}` has no effect here: {why}", named.name));
            return None;
        }
        if let Some(retry) = named.retry() {
            return notes.take(retry).map(Box::new).map(Self::Retry);
        }
        let filter = match named.name {
            "RequestSize" => bytes(&named, &["maxSize"], REQUEST_SIZE)
                .map(|bytes| Self::RequestSize(u64::try_from(bytes).unwrap_or(u64::MAX))),
            "RequestHeaderSize" => {
                bytes(&named, &["maxSize", "errorHeaderName"], HEADER_SIZE).map(Self::HeaderSize)
            }
            name => Edit::of(&named, status_header).map_or_else(
                || {
                    let known: Vec<_> = NAMES.into_iter().chain(Edit::names()).collect();
                    Err(named.refuse(refusals::filter(name, &known)))
                },
                |edit| edit.map(Self::Edit),
            ),
        };
        notes.take(filter)
    }
}

/// Returns a size above 0, or the default.
fn bytes(named: &Definition<'_>, arguments: &[&str], default: usize) -> Result<usize, ConfigError> {
    let values = named.values(arguments, 0)?;
    let read = values.first().map_or(Some(default), |text| size(text));
    read.filter(|bytes| *bytes > 0).ok_or_else(|| {
        let text = values.first().map_or("", String::as_str);
        named.refuse(format!("`maxSize` is {text}: must be a size above 0 such as 5000, 64KB or 5MB"))
    })
}

impl Chain {
    /// Merges the default filters with the filters of a route, in Spring's order.
    ///
    /// The order follows the places in both lists. At the same place, the default filter comes first. A `Retry` of the route
    /// replaces the default one.
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
            Filter::HeaderSize(bytes) => {
                self.header_size = Some(self.header_size.map_or(bytes, |other| other.min(bytes)));
            }
            Filter::Edit(edit) if self.retry.is_some() => self.after.push(edit),
            Filter::Edit(edit) => self.before.push(edit),
        }
    }

    /// Returns all edits: first those before `Retry`, then those after it.
    pub(crate) fn edits(&self) -> impl Iterator<Item = &Edit> {
        self.before.iter().chain(&self.after)
    }
}
