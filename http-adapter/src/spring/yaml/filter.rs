//! Spring's `args` in YAML.

use super::node::{Node, Value};
use crate::filter::RetryFilter;
use crate::spring::error::{ConfigError, Problems};
use crate::spring::position::Position;
use crate::spring::settings::{Form, Item, Setting, to_filter};

impl RetryFilter {
    /// Reads the `args` of a Spring filter from YAML.
    ///
    /// ```
    /// use persevere_http::RetryFilter;
    ///
    /// let filter = RetryFilter::from_yaml("
    /// retries: 3
    /// statuses: BAD_GATEWAY
    /// methods: GET,POST
    /// backoff:
    ///   first-backoff: 10ms
    /// ")?;
    /// assert!(filter.may_retry(&http::Method::POST) && !filter.may_retry(&http::Method::PUT));
    ///
    /// let error = RetryFilter::from_yaml("retries: 3\nmethods: GTE").unwrap_err();
    /// assert!(error.to_string().starts_with("line 2, column 10: `methods` is GTE: must be GET, HEAD"));
    /// # Ok::<(), persevere_http::spring::ConfigError>(())
    /// ```
    ///
    /// # Errors
    ///
    /// Returns a [`ConfigError`] with the place of everything that is wrong.
    pub fn from_yaml(args: &str) -> Result<Self, ConfigError> {
        Self::from_node(&Node::parse(args)?)
    }

    /// Reads the `args` from a part of a larger document.
    ///
    /// # Errors
    ///
    /// Returns a [`ConfigError`] with the place of everything that is wrong.
    pub fn from_node(args: &Node) -> Result<Self, ConfigError> {
        let (mut settings, mut problems) = (Vec::new(), Problems::default());
        match &args.value {
            Value::Empty => {}
            Value::Map(_) => flatten("", args.position, args, &mut settings, &mut problems),
            Value::Scalar(_) | Value::List(_) => {
                let message = "the args of `Retry` are a mapping, such as `retries: 3`";
                return Err(ConfigError::syntax(args.position, message));
            }
        }
        to_filter(&settings, Form::Args, args.position, problems)
    }
}

/// Nested mappings become dotted names; lists become the items of one setting.
fn flatten(
    name: &str,
    position: Position,
    node: &Node,
    settings: &mut Vec<Setting>,
    problems: &mut Problems,
) {
    let items = match &node.value {
        Value::Map(entries) if !entries.is_empty() || name.is_empty() => {
            for (key, node) in entries {
                let nested = if name.is_empty() { key.name.clone() } else { format!("{name}.{}", key.name) };
                flatten(&nested, key.position, node, settings, problems);
            }
            return;
        }
        Value::Map(_) | Value::Empty => Vec::new(),
        Value::Scalar(text) if text.trim().is_empty() => Vec::new(),
        Value::Scalar(text) => vec![Item { text: text.clone(), position: node.position }],
        Value::List(nodes) => {
            let items: Vec<_> = nodes.iter().filter_map(|node| problems.take(item(node))).collect();
            if items.len() < nodes.len() {
                return; // what is left of the list says nothing
            }
            items
        }
    };
    settings.push(Setting { name: name.to_owned(), position, items });
}

fn item(node: &Node) -> Result<Item, ConfigError> {
    match &node.value {
        Value::Scalar(text) => Ok(Item { text: text.clone(), position: node.position }),
        _ => Err(ConfigError::syntax(node.position, "an item of a list must be a single value")),
    }
}
