//! [`Metadata`]: the settings in the `metadata` of a route.

use persevere_http::spring::routes::Notes;
use persevere_http::spring::yaml::{Node, meant_name, plain};

use super::pool::Pool;
use super::timeouts::Timeouts;

/// The settings in the `metadata` of a route.
#[derive(Default)]
pub(crate) struct Metadata {
    pub(crate) timeouts: Timeouts,
    pub(crate) pool: Pool,
    pub(crate) http2: bool,
}

const NAMES: [&str; 8] = [
    "connect-timeout",
    "response-timeout",
    "response-timeout-from",
    "http2",
    "max-idle-time",
    "max-life-time",
    "max-connections",
    "acquire-timeout",
];

impl Metadata {
    /// Reads the names that have an effect here, and warns about others.
    ///
    /// Other names are not errors, because an application of Spring can use any name.
    pub(crate) fn parse(node: &Node, notes: &mut Notes) -> Self {
        let mut metadata = Self::default();
        for (key, node) in notes.take(node.entries("metadata")).unwrap_or_default() {
            match plain(&key.name).as_str() {
                "http2" => metadata.http2 = notes.take(node.boolean(&key.name)).unwrap_or_default(),
                "cors" => notes.refuse(
                    key.position,
                    "`cors` is not supported: let the server, or a proxy before the gateway, answer for other origins",
                ),
                _ => {
                    let timed = notes.take(metadata.timeouts.take(key, node));
                    let pooled = timed == Some(false) && notes.take(metadata.pool.take(key, node)) == Some(false);
                    if pooled {
                        let advice = meant_name(&key.name, NAMES);
                        let message = format!("`{}` in `metadata` has no effect here{advice}", key.name);
                        notes.warn(key.position, message);
                    }
                }
            }
        }
        metadata
    }
}
