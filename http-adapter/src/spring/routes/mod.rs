//! Files of routes, as Spring Cloud Gateway reads them. With the feature `yaml`.
//!
//! A [`RouteFile`] is the tree of the documents that count. [`RouteFile::retries`] has the `Retry` of each route. A gateway reads
//! the rest of the tree with [`section`] and [`Definition`]. All errors and warnings of a file are collected in [`Notes`].

mod definition;
mod file;
mod long;
mod notes;
mod profiles;
mod retries;
mod section;

pub use self::definition::Definition;
pub use self::file::{Redact, RouteFile};
pub use self::notes::Notes;
pub use self::retries::{RouteRetry, SECOND_RETRY};
pub use self::section::{Answer, listed, section, unknown};
