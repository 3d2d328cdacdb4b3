//! Functions that read mappings, lists and values of YAML.

use std::time::Duration;

use persevere_http::spring::ConfigError;
use persevere_http::spring::yaml::{Key, Node, Value};

pub(crate) fn list(node: &Node) -> Result<&[Node], ConfigError> {
    match &node.value {
        Value::List(nodes) => Ok(nodes),
        Value::Empty => Ok(&[]),
        Value::Scalar(text) => {
            let message = format!("must be a list: each item begins with `- `, as in `- {text}`");
            Err(ConfigError::syntax(node.position, message))
        }
        _ => Err(ConfigError::syntax(node.position, "must be a list: each item begins with `- `")),
    }
}

pub(crate) fn entries<'n>(node: &'n Node, what: &str) -> Result<&'n [(Key, Node)], ConfigError> {
    match &node.value {
        Value::Map(entries) => Ok(entries),
        Value::Empty => Ok(&[]),
        _ => Err(ConfigError::syntax(node.position, format!("{what} must be a mapping of names to values"))),
    }
}

/// Reads one text, several texts separated by commas, or a list of texts.
pub(crate) fn texts(node: &Node) -> Result<Vec<String>, ConfigError> {
    match &node.value {
        Value::Scalar(text) => Ok(text.split(',').map(|text| text.trim().to_owned()).collect()),
        Value::List(nodes) => {
            let text = |node: &Node| {
                let refuse =
                    || ConfigError::syntax(node.position, "an item of a list must be a single value");
                node.scalar().map(|text| text.trim().to_owned()).ok_or_else(refuse)
            };
            nodes.iter().map(text).collect()
        }
        _ => Err(ConfigError::syntax(node.position, "must be a value or a list of values")),
    }
}

/// Reads a size as in the configuration: `1024`, `64KiB`.
pub(crate) fn size(text: &str) -> Option<usize> {
    scalar(text).size()
}

/// Reads a duration as in the configuration: `500` (milliseconds), `2s`.
pub(crate) fn duration(text: &str) -> Option<Duration> {
    scalar(text).duration()
}

/// Reads a text as if it stood in a document.
fn scalar(text: &str) -> Node {
    Node::parse(text).unwrap_or_else(|_| Node::parse("").expect("nothing is a document"))
}

/// Reads `true` or `false`.
pub(crate) fn yes(name: &str, node: &Node) -> Result<bool, ConfigError> {
    let value = node.scalar().and_then(|text| text.trim().to_ascii_lowercase().parse().ok());
    value.ok_or_else(|| ConfigError::syntax(node.position, format!("`{name}` must be true or false")))
}

/// Returns a name in the form in which names are compared.
///
/// Spring's names have several spellings: `response-timeout` is `responseTimeout`.
pub(crate) fn plain(name: &str) -> String {
    name.to_ascii_lowercase().replace(['-', '_'], "")
}
