//! [`Node`]: YAML as a tree of texts with their positions.

use std::time::Duration;

use super::closest::plain;
use crate::position::Position;

/// A node of a YAML document. Scalars stay texts: what they mean is up to the setting that they belong to.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Node {
    /// Where it begins; behind the quote, if it is a quoted scalar.
    pub position: Position,
    /// What it is.
    pub value: Value,
}

/// What a node is.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Value {
    /// Nothing, `~` or `null`.
    Empty,
    /// A scalar.
    Scalar(String),
    /// A sequence.
    List(Vec<Node>),
    /// A mapping, in the order written.
    Map(Vec<(Key, Node)>),
}

/// A key of a mapping.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Key {
    /// The key itself.
    pub name: String,
    /// Where it begins.
    pub position: Position,
}

/// Nesting beyond this is refused: nobody writes it by hand.
pub(crate) const DEEPEST: usize = 64;

impl Node {
    /// A node that stands at `position`.
    #[must_use]
    pub const fn new(position: Position, value: Value) -> Self {
        Self { position, value }
    }

    /// The value of the key, in any of Spring's spellings: `firstBackoff`, `first-backoff`.
    #[must_use]
    pub fn get(&self, name: &str) -> Option<&Self> {
        let Value::Map(entries) = &self.value else { return None };
        let wanted = plain(name);
        entries.iter().find(|(key, _)| plain(&key.name) == wanted).map(|(_, node)| node)
    }

    /// A duration as Spring writes it, if the node is one: `500` (milliseconds), `2s`, `PT1.5S`; not negative.
    #[must_use]
    pub fn duration(&self) -> Option<Duration> {
        super::duration::parse(self.scalar()?)?.non_negative()
    }

    /// A size in bytes as Spring writes it, if the node is one: `1024`, `5MB`, `64KiB`; a thousand is 1024 here.
    #[must_use]
    pub fn size(&self) -> Option<usize> {
        super::size::parse(self.scalar()?)
    }

    /// The text of a scalar.
    #[must_use]
    pub fn scalar(&self) -> Option<&str> {
        match &self.value {
            Value::Scalar(text) => Some(text),
            _ => None,
        }
    }
}

impl Key {
    /// A key that stands at `position`.
    #[must_use]
    pub fn new(position: Position, name: impl Into<String>) -> Self {
        Self { name: name.into(), position }
    }
}
