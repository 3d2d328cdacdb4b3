//! [`Routes`]: the routes whose metrics are kept.

use std::collections::HashMap;
use std::sync::{Arc, Weak};

/// The number of reloads without a route after which its metrics are forgotten.
///
/// Until then, the metrics can be read for a last time.
const RELOADS: u32 = 3;

/// The routes whose metrics are kept. A route lives as long as a configuration, a request or a response has its name.
#[derive(Debug, Default)]
pub(crate) struct Routes(HashMap<Arc<str>, Route>);

#[derive(Debug)]
struct Route {
    /// The names that gateways and requests hold: one of each configuration that has the route.
    names: Vec<Weak<str>>,
    /// The number of reloads since nothing had the name any more.
    gone: u32,
}

impl Routes {
    /// Takes note of the routes of a new configuration.
    ///
    /// Forgets routes that have been gone for [`RELOADS`] reloads.
    pub(crate) fn are<'n>(&mut self, names: impl Iterator<Item = &'n Arc<str>>) {
        for name in names {
            let new = || Route { names: Vec::new(), gone: 0 };
            let key = Arc::from(&**name); // its own: the name itself would live for ever
            self.0.entry(key).or_insert_with(new).names.push(Arc::downgrade(name));
        }
        self.0.retain(|_, route| {
            route.names.retain(|name| name.strong_count() > 0);
            route.gone = if route.names.is_empty() { route.gone.saturating_add(1) } else { 0 };
            route.gone < RELOADS
        });
    }

    /// Returns whether the metrics of a route are kept.
    pub(crate) fn keeps(&self, name: &str) -> bool {
        self.0.contains_key(name)
    }
}
