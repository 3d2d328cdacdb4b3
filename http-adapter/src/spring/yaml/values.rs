//! Mappings, lists and values of a [`Node`].

use super::node::{Key, Node, Value};
use crate::spring::error::ConfigError;

impl Node {
    /// Returns the items of a list. Nothing is an empty list.
    ///
    /// # Errors
    ///
    /// Returns a [`ConfigError`] if the node is anything else.
    pub fn list(&self) -> Result<&[Self], ConfigError> {
        match &self.value {
            Value::List(nodes) => Ok(nodes),
            Value::Empty => Ok(&[]),
            Value::Scalar(text) => {
                let message = format!("must be a list: each item begins with `- `, as in `- {text}`");
                Err(ConfigError::syntax(self.position, message))
            }
            Value::Map(_) => {
                Err(ConfigError::syntax(self.position, "must be a list: each item begins with `- `"))
            }
        }
    }

    /// Returns the entries of a mapping, which the error calls `what`. Nothing is an empty mapping.
    ///
    /// # Errors
    ///
    /// Returns a [`ConfigError`] if the node is anything else.
    pub fn entries(&self, what: &str) -> Result<&[(Key, Self)], ConfigError> {
        match &self.value {
            Value::Map(entries) => Ok(entries),
            Value::Empty => Ok(&[]),
            _ => {
                let message = format!("{what} must be a mapping of names to values");
                Err(ConfigError::syntax(self.position, message))
            }
        }
    }

    /// Reads one text, several texts separated by commas, or a list of texts.
    ///
    /// # Errors
    ///
    /// Returns a [`ConfigError`] if the node or one of its items is anything else.
    pub fn texts(&self) -> Result<Vec<String>, ConfigError> {
        match &self.value {
            Value::Scalar(text) => Ok(text.split(',').map(|text| text.trim().to_owned()).collect()),
            Value::List(nodes) => {
                let text = |node: &Self| {
                    let refuse =
                        || ConfigError::syntax(node.position, "an item of a list must be a single value");
                    node.scalar().map(|text| text.trim().to_owned()).ok_or_else(refuse)
                };
                nodes.iter().map(text).collect()
            }
            _ => Err(ConfigError::syntax(self.position, "must be a value or a list of values")),
        }
    }

    /// Reads `true` or `false`, as the value of `name`.
    ///
    /// # Errors
    ///
    /// Returns a [`ConfigError`] if the node is anything else.
    pub fn boolean(&self, name: &str) -> Result<bool, ConfigError> {
        let value = self.scalar().and_then(|text| text.trim().to_ascii_lowercase().parse().ok());
        value.ok_or_else(|| ConfigError::syntax(self.position, format!("`{name}` must be true or false")))
    }
}
