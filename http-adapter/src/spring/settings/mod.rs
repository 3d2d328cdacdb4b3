//! From named settings to a filter, in whichever form they were written.

mod args;
mod duration;
mod gateway;
mod grpc;
mod lint;
mod method_name;
mod setting;
mod shared;
mod size;
mod spring;
mod to_filter;

#[cfg(feature = "yaml")]
pub(super) use self::duration::parse as parse_duration;
pub(super) use self::lint::Form;
pub(super) use self::method_name::named as method_named;
pub(super) use self::setting::{Item, Setting, split};
#[cfg(feature = "yaml")]
pub(super) use self::size::parse as parse_size;
pub(super) use self::to_filter::to_filter;
