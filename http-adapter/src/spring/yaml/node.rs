//! [`Node`]: YAML as a tree of texts with their positions.

use std::time::Duration;

use crate::spring::closest::{is_plain_of, plain};
use crate::spring::position::Position;
use crate::spring::settings;

/// A node of a YAML document. Scalars stay texts: what they mean is up to the setting that they belong to.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Node {
    /// The place of its first character. For a quoted scalar, the place after the quote.
    pub position: Position,
    /// The content of the node.
    pub value: Value,
}

/// The content of a [`Node`].
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
    /// The place of its first character.
    pub position: Position,
}

/// The deepest nesting that is read. People do not write deeper files by hand.
pub(crate) const DEEPEST: usize = 64;

/// The most entries of one mapping. Each is compared with all others, so more of them would take minutes.
pub(crate) const WIDEST: usize = 10_000;

impl Node {
    /// A node that stands at `position`.
    #[must_use]
    pub const fn new(position: Position, value: Value) -> Self {
        Self { position, value }
    }

    /// Returns the value of a key in any of Spring's spellings, such as `first-backoff`.
    #[must_use]
    pub fn get(&self, name: &str) -> Option<&Self> {
        let Value::Map(entries) = &self.value else { return None };
        let wanted = plain(name);
        entries.iter().find(|(key, _)| is_plain_of(&wanted, &key.name)).map(|(_, node)| node)
    }

    /// Returns the duration if the node is one and is not negative.
    ///
    /// Durations have Spring's forms: `500` (milliseconds), `2s` or `PT1.5S`.
    #[must_use]
    pub fn duration(&self) -> Option<Duration> {
        settings::parse_duration(self.scalar()?)?.non_negative()
    }

    /// Returns the size in bytes if the node is a size.
    ///
    /// Sizes have Spring's forms, such as `1024`, `5MB` or `64KiB`. Both `1KB` and `1KiB` are 1024 bytes.
    #[must_use]
    pub fn size(&self) -> Option<usize> {
        settings::parse_size(self.scalar()?)
    }

    /// Returns the text if the node is a scalar.
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
