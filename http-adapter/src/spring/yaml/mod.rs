//! YAML as a tree of texts, each with its place: what [`RetryFilter::from_node`](crate::RetryFilter::from_node) reads, for
//! configurations around it. With the feature `yaml`.

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
