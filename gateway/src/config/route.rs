//! [`Route`]: which requests go where, what is done to them, and how they are retried.

use std::fmt;
use std::sync::Arc;

use http::HeaderName;
use persevere_http::RetryFilter;
use persevere_http::spring::routes::{Answer, Notes, Redact, section};
use persevere_http::spring::yaml::Node;
use persevere_http::spring::{ConfigError, Position};

use super::asked::Asked;
use super::chain::{Chain, Filter};
use super::edit::Edit;
use super::metadata::Metadata;
use super::pool::Pool;
use super::predicate::Predicate;
use super::share::Share;
use super::target::{Services, Target};
use super::template::{HOST, Variables};
use super::timeouts::Timeouts;

/// Which requests go where, what is done to them, and how they are retried.
#[derive(Debug)]
pub(crate) struct Route {
    pub(crate) id: String,
    /// Routes of a lower order are asked first.
    pub(crate) order: i32,
    pub(crate) target: Target,
    /// The conditions. All of them must match.
    pub(crate) predicates: Vec<Predicate>,
    /// The predicates as they are printed, without values of the environment.
    shown: Vec<String>,
    pub(crate) chain: Chain,
    /// The timeouts that differ from the default.
    pub(crate) timeouts: Timeouts,
    /// The settings of connections that differ from the default.
    pub(crate) pool: Pool,
    /// It has a `Retry` that is not one for all routes.
    pub(crate) has_own_retry: bool,
    /// Its servers speak HTTP/2, without being asked.
    pub(crate) http2: bool,
    pub(crate) position: Position,
}

/// The settings that all routes share.
pub(crate) struct Shared<'s> {
    pub(crate) services: &'s Services,
    /// The filters of all routes.
    pub(crate) default: &'s [Filter],
    /// The header that keeps the status of the server if `SetStatus` sets another status.
    pub(crate) status_header: Option<HeaderName>,
}

const KEYS: [(&str, Answer); 7] = [
    ("id", Answer::Here),
    ("uri", Answer::Here),
    ("predicates", Answer::Here),
    ("filters", Answer::Here),
    ("metadata", Answer::Here),
    ("order", Answer::Here),
    ("enabled", Answer::Here),
];

impl Route {
    /// Returns the `id` of a route, if it has one.
    pub(crate) fn id(node: &Node) -> Option<String> {
        node.get("id")?.scalar().map(|text| text.trim().to_owned()).filter(|id| !id.is_empty())
    }

    /// Reads a route. Returns `None` if it is invalid or switched off.
    ///
    /// The default filters are merged with the filters of the route.
    pub(crate) fn parse(node: &Node, id: &str, shared: &Shared<'_>, notes: &mut Notes) -> Option<Self> {
        let (mut target, mut predicates, mut filters) = (None, Vec::new(), Vec::new());
        let (mut metadata, mut order, mut uri) = (Metadata::default(), 0, None);
        let errors = notes.error_count();
        for (name, _, node) in section(node, "a route", &KEYS, notes) {
            match name {
                "uri" => {
                    uri = Some(node);
                    target = Target::parse(node, shared.services, notes);
                }
                "predicates" => {
                    let items = notes.take(node.list()).unwrap_or_default();
                    predicates = items.iter().filter_map(|node| notes.take(Predicate::parse(node))).collect();
                }
                "filters" => filters = Filter::list(node, shared.status_header.as_ref(), notes),
                "metadata" => metadata = Metadata::parse(node, notes),
                "order" => order = notes.take(number(node)).unwrap_or_default(),
                "enabled" if notes.take(node.boolean("enabled")) == Some(false) => {
                    notes.warn(node.position, format!("route `{id}` is switched off"));
                    return None;
                }
                _ => {}
            }
        }
        if uri.is_none() && notes.error_count() == errors {
            notes.refuse(node.position, "this route has no `uri`");
        }
        let has_own_retry = filters.iter().any(Filter::is_retry);
        let mut chain = Chain::of(shared.default, filters);
        let named = chain.retry.take().map(|filter| with_id(filter, id, node.position));
        chain.retry = named.and_then(|named| notes.take(named));
        let Metadata { timeouts, pool, http2 } = metadata;
        let (id, position) = (id.to_owned(), node.position);
        // What could not be read may have the variables that the rest asks for.
        let target = target.filter(|_| notes.error_count() == errors)?;
        let shown = predicates.iter().map(ToString::to_string).collect();
        let route = Self {
            id,
            order,
            target,
            predicates,
            shown,
            chain,
            timeouts,
            pool,
            has_own_retry,
            http2,
            position,
        };
        notes.take(route.refuse_unknown_variables())?;
        Some(route)
    }

    /// Removes values of the environment from the printed predicates that may hold secrets.
    ///
    /// These predicates compare headers, parameters and cookies.
    pub(crate) fn hide(&mut self, redact: &Redact) {
        for (predicate, shown) in self.predicates.iter().zip(&mut self.shown) {
            if predicate.may_be_secret() {
                *shown = redact.text(shown);
            }
        }
    }

    pub(crate) fn matches(&self, request: &Asked<'_>) -> bool {
        self.predicates.iter().all(|predicate| predicate.matches(request))
    }

    /// Returns the share in each group that the route belongs to.
    pub(crate) fn shares(&mut self) -> impl Iterator<Item = &mut Share> {
        self.predicates.iter_mut().filter_map(|predicate| match predicate {
            Predicate::Weight(share) => Some(share),
            _ => None,
        })
    }

    /// Returns true if this route matches everything that `other` matches.
    ///
    /// The answer is false if the predicates cannot be compared.
    pub(crate) fn covers(&self, other: &Self) -> bool {
        self.predicates.iter().all(|own| other.predicates.iter().any(|predicate| own.covers(predicate)))
    }

    /// Returns the values of the variables for a matching request.
    ///
    /// Returns `None` if no filter uses a variable.
    pub(crate) fn variables(&self, host: &str, path: &str) -> Option<Arc<Variables>> {
        self.chain.edits().flat_map(Edit::variables).next()?;
        let asked = std::iter::once((HOST.to_owned(), host.to_owned()));
        Some(
            asked
                .chain(self.predicates.iter().flat_map(|predicate| predicate.variables(host, path)))
                .collect(),
        )
    }

    /// Returns the methods of the route, if its filter retries none of them.
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
        for name in self.chain.edits().flat_map(Edit::variables).filter(|name| *name != HOST) {
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

fn number(node: &Node) -> Result<i32, ConfigError> {
    let number = node.scalar().and_then(|text| text.trim().parse().ok());
    number.ok_or_else(|| ConfigError::syntax(node.position, "`order` must be a whole number, such as -1"))
}

impl fmt::Display for Route {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "route {} (", self.id)?;
        if self.predicates.is_empty() {
            f.write_str("every request")?;
        }
        write!(
            f,
            "{}) to {}{}: ",
            self.shown.join(", "),
            self.target,
            if self.http2 { " in HTTP/2" } else { "" }
        )?;
        for edit in &self.chain.before {
            write!(f, "{edit}, ")?;
        }
        match &self.chain.retry {
            Some(filter) => write!(f, "{filter}")?,
            None => f.write_str("no retry")?,
        }
        self.chain.after.iter().try_for_each(|edit| write!(f, ", {edit} for each attempt"))?;
        if let Some(bytes) = self.chain.header_size {
            write!(f, ", headers up to {bytes} bytes")?;
        }
        self.chain.request_size.map_or(Ok(()), |bytes| write!(f, ", bodies up to {bytes} bytes"))
    }
}
