//! Settings from text: Spring's shortcut form, and with the feature `yaml` its YAML form.
//!
//! Both become a list of settings with their positions, which one binder turns into a filter. What Spring
//! accepts is accepted (but signs inside an ISO 8601 duration), and status codes as numbers, classes (`5xx`) and ranges (`500-504`) beside; what Spring
//! ignores in silence (unknown settings, empty items, methods that no request has) is refused with its
//! position. Expressions are refused, never evaluated. What is valid and seldom meant becomes a warning of the filter.

mod args;
mod closest;
mod duration;
mod error;
mod gateway;
mod grpc;
mod lint;
#[cfg(feature = "yaml")]
mod nested;
#[cfg(feature = "yaml")]
mod node;
#[cfg(feature = "yaml")]
mod placeholder;
#[cfg(feature = "yaml")]
mod reader;
mod setting;
mod shared_settings;
mod shortcut;
mod size;
#[cfg(feature = "yaml")]
mod slips;
mod spring;
mod to_filter;
#[cfg(feature = "yaml")]
mod yaml;

pub use self::error::ConfigError;
#[cfg(feature = "yaml")]
pub use self::{
    closest::closest,
    node::{Key, Node, Value},
    placeholder::Placeholders,
};
