//! [`Config`]: the routes of a gateway, from Spring's YAML.

mod addresses;
mod asked;
mod chain;
mod client;
mod edit;
mod edit_value;
mod elsewhere;
mod forecast;
mod header_edit;
mod hints;
mod host;
mod long;
mod metadata;
mod moment;
mod node;
mod path;
mod path_edit;
mod pool;
mod predicate;
mod query_edit;
mod redirect;
mod refusals;
mod response_edit;
mod rewrite;
mod route;
mod settings;
mod share;
mod target;
mod template;
mod timeouts;
mod wildcard;

use std::collections::{HashMap, HashSet};
use std::fmt;

use http::uri::Authority;
use persevere_http::RetryFilter;
use persevere_http::spring::ConfigError;
use persevere_http::spring::routes::{Notes, RouteFile, section};
use persevere_http::spring::yaml::Node;
use regex::Regex;

use self::chain::Filter;
use self::client::Client;
use self::long::shown;
use self::route::Shared;
use self::share::Share;
use self::target::Services;
use crate::console::say;

pub(crate) use self::asked::Asked;
pub(crate) use self::edit::Edit;
pub(crate) use self::edit_value::BadEdit;
pub(crate) use self::forecast::Forecast;
pub(crate) use self::node::{duration, size};
pub(crate) use self::pool::{Pool, PoolLimits};
pub(crate) use self::route::Route;
pub(crate) use self::target::{Target, is_host_and_port};
pub(crate) use self::template::Variables;
pub(crate) use self::timeouts::{ResponseFrom, Timeouts};

/// The configuration of a gateway.
#[derive(Debug, Default)]
pub(crate) struct Config {
    pub(crate) routes: Vec<Route>,
    /// The default timeouts of routes.
    pub(crate) timeouts: Timeouts,
    /// The default settings of routes for connections to servers.
    pub(crate) pool: Pool,
    /// Files with trusted certificates. Empty for Mozilla's list.
    pub(crate) trusted_certificates: Vec<String>,
    /// The addresses whose forwarding headers are trusted.
    pub(crate) trusted_proxies: Option<Regex>,
    /// Warnings for the operator.
    pub(crate) warnings: Vec<String>,
    /// The names of all routes in the order of the file, invalid routes included.
    ids: Vec<String>,
}

impl Config {
    /// Reads a file, with values from an environment.
    ///
    /// `upstreams` sends the requests of some routes to other servers.
    ///
    /// # Errors
    ///
    /// Returns all errors of the file, one line for each.
    pub(crate) fn read(
        text: &str,
        environment: &dyn Fn(&str) -> Option<String>,
        upstreams: &[(String, Authority)],
    ) -> Result<Self, Vec<String>> {
        let mut notes = Notes::default();
        let lines = |error: &ConfigError| {
            error.all().iter().map(|error| shown(error.to_string())).collect::<Vec<_>>()
        };
        let file = RouteFile::read(text, environment, &mut notes).map_err(|error| lines(&error))?;
        elsewhere::note(&file, &mut notes);
        let (mut config, mut misled, redact) = (Self::default(), Vec::new(), &file.redact);
        if let Some(gateway) = &file.gateway {
            config.fill(gateway, file.services.as_ref(), &mut notes);
            misled = config.redirect(upstreams);
        }
        let warned = notes.end();
        let wrong = warned.as_ref().err().map(|error| lines(&redact.error(error))).unwrap_or_default();
        if !(wrong.is_empty() && misled.is_empty()) {
            return Err(wrong.into_iter().chain(misled).collect());
        }
        config.routes.iter_mut().for_each(|route| route.hide(redact));
        config.warnings = warned.iter().flatten().map(|warning| shown(redact.text(warning))).collect();
        Ok(config)
    }

    fn fill(&mut self, gateway: &Node, services: Option<&Node>, notes: &mut Notes) {
        let services = services.map_or_else(Services::default, |node| Services::parse(node, notes));
        let (mut switched_off, mut routes) = (None, None);
        for (name, _, node) in section(gateway, "the gateway", &settings::KEYS, notes) {
            match name {
                "routes" => routes = notes.take(node.list()),
                "httpclient" => self.connect(Client::parse(node, notes)),
                "trusted-proxies" => self.trusted_proxies = notes.take(settings::trusted(node)),
                "filter" => switched_off = settings::retry_is_off(node, notes),
                "discovery" => settings::discovery(node, notes),
                "x-forwarded" => settings::forwarded(node, notes),
                _ => {}
            }
        }
        let status_header = gateway.get("set-status").and_then(|node| settings::status_header(node, notes));
        let default = gateway.get("default-filters");
        let default =
            default.map(|node| Filter::list(node, status_header.as_ref(), notes)).unwrap_or_default();
        if routes.is_some_and(<[Node]>::is_empty) || gateway.get("routes").is_none() {
            notes.refuse(gateway.position, "there are no routes");
        }
        let shared = Shared { services: &services, default: &default, status_header };
        self.route(routes.unwrap_or_default(), &shared, notes);
        hints::refuse_switched_off(&self.routes, switched_off, notes);
        hints::note(&self.routes, default.iter().any(Filter::is_retry), notes);
    }

    fn connect(&mut self, client: Client) {
        self.timeouts = client.timeouts;
        self.pool = client.pool;
        self.trusted_certificates = client.trusted_certificates;
    }

    /// Reads the routes, in the order in which they are asked.
    fn route(&mut self, items: &[Node], shared: &Shared<'_>, notes: &mut Notes) {
        self.timeouts = self.timeouts.or(Timeouts::DEFAULT);
        let said: Vec<_> = items.iter().map(Route::id).collect();
        self.ids = names(&said);
        let mut first: HashMap<&String, usize> = HashMap::new();
        for (index, (node, id)) in items.iter().zip(&self.ids).enumerate() {
            let twin = said[index].as_ref().map(|said| *first.entry(said).or_insert(index));
            if let Some(twin) = twin.filter(|twin| *twin < index) {
                let line = items[twin].position.line;
                notes.refuse(node.position, format!("route `{id}` is there already, in line {line}"));
            }
            self.routes.extend(Route::parse(node, id, shared, notes));
        }
        self.routes.sort_by_key(|route| route.order);
        Share::part(self.routes.iter_mut().flat_map(Route::shares));
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
}

/// Returns a name for each route: its `id`, or else its place in the file.
fn names(said: &[Option<String>]) -> Vec<String> {
    let mut names: Vec<String> = Vec::new();
    let taken: HashSet<&String> = said.iter().flatten().collect();
    for (index, id) in said.iter().enumerate() {
        let number = index.saturating_add(1);
        let made = || {
            let plain = format!("route-{number}");
            let numbered = (2..).map(|copy: u32| format!("route-{number}-{copy}"));
            let mut free = std::iter::once(plain).chain(numbered);
            free.find(|name| !taken.contains(name)).unwrap_or_default()
        };
        names.push(id.clone().unwrap_or_else(made));
    }
    names
}
