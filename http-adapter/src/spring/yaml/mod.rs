//! YAML as a tree of texts with their places. With the feature `yaml`.
//!
//! [`RetryFilter::from_node`](crate::RetryFilter::from_node) reads a part of such a tree.

mod filter;
mod nested;
mod node;
mod placeholder;
mod reader;
mod slips;
mod values;

pub use self::node::{Key, Node, Value};
pub use self::placeholder::Placeholders;
pub use super::closest::{closest, meant_name, meant_value, plain};
