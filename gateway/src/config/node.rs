//! Sizes and durations as the configuration has them.

use std::time::Duration;

use persevere_http::spring::yaml::Node;

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
