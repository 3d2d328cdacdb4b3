//! [`Chain`]: the filters of a route, in the order in which they run.

use http::HeaderName;
use persevere_http::{ConfigError, RetryFilter, yaml::Node};

use super::edit::Edit;
use super::named::Named;
use super::node::{list, size};
use super::notes::Notes;
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

/// The names of the filters that are no edits.
const NAMES: [&str; 3] = ["Retry", "RequestSize", "RequestHeaderSize"];

/// The largest header that `RequestHeaderSize` lets pass if it says nothing, as in Spring.
const HEADER_SIZE: usize = 16_000;

/// The largest body that `RequestSize` lets pass if it says nothing, as in Spring.
const REQUEST_SIZE: usize = 5 * 1024 * 1024;

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
    /// The same for a header, with its name.
    pub(crate) header_size: Option<usize>,
}

impl Filter {
    /// The filters of a list, with at most one `Retry`.
    pub(crate) fn list(node: &Node, status_header: Option<&HeaderName>, notes: &mut Notes) -> Vec<Self> {
        let mut filters: Vec<Self> = Vec::new();
        for node in notes.take(list(node)).unwrap_or_default() {
            let Some(filter) = Self::parse(node, status_header, notes) else { continue };
            if filter.is_retry() && filters.iter().any(Self::is_retry) {
                notes.refuse(node.position, "a second `Retry` would multiply the attempts: write one");
            }
            filters.push(filter);
        }
        filters
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

    /// A filter; `None` for one that is not valid, or does nothing.
    fn parse(node: &Node, status_header: Option<&HeaderName>, notes: &mut Notes) -> Option<Self> {
        let named = notes.take(Named::parse(node, "a filter"))?;
        if let Some(why) = refusals::nothing(named.name) {
            notes.warn(named.position, format!("filter `{}` has no effect here: {why}", named.name));
            return None;
        }
        let filter = match (named.name, named.node(), node.scalar()) {
            ("Retry", Some(args), _) => RetryFilter::from_node(args).map(Box::new).map(Self::Retry),
            ("Retry", None, text) => RetryFilter::from_shortcut(text.unwrap_or("Retry"), node.position)
                .map(Box::new)
                .map(Self::Retry),
            ("RequestSize", ..) => bytes(&named, &["maxSize"], REQUEST_SIZE)
                .map(|bytes| Self::RequestSize(u64::try_from(bytes).unwrap_or(u64::MAX))),
            ("RequestHeaderSize", ..) => {
                bytes(&named, &["maxSize", "errorHeaderName"], HEADER_SIZE).map(Self::HeaderSize)
            }
            (name, ..) => Edit::of(&named, status_header).map_or_else(
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

/// A size above 0, or the default.
fn bytes(named: &Named<'_>, arguments: &[&str], default: usize) -> Result<usize, ConfigError> {
    let values = named.values(arguments, 0)?;
    let read = values.first().map_or(Some(default), |text| size(text));
    read.filter(|bytes| *bytes > 0).ok_or_else(|| {
        let text = values.first().map_or("", String::as_str);
        named.refuse(format!("`maxSize` is {text}: must be a size above 0 such as 5000, 64KB or 5MB"))
    })
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
            Filter::HeaderSize(bytes) => {
                self.header_size = Some(self.header_size.map_or(bytes, |other| other.min(bytes)));
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
