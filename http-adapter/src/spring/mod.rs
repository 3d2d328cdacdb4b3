//! Spring Cloud Gateway's `Retry` filter: its rules, its arithmetic, and its configuration as text. With the feature `spring`.
//!
//! Texts are Spring's shortcut form, and with the feature `yaml` its `args` in YAML. Both become a list of settings with their
//! positions, which one reader turns into a filter. All values of Spring are accepted, except signs inside an ISO 8601 duration.
//! Status codes may also be numbers, classes (`5xx`) and ranges (`500-504`). Spring ignores unknown settings, empty items and unknown
//! methods; this reader refuses them with their positions. Expressions are refused and never evaluated. A valid setting that is
//! easily misread becomes a [`Warning`].
//!
//! ```
//! use persevere_http::RetryFilter;
//!
//! let filter: RetryFilter = "Retry=3,INTERNAL_SERVER_ERROR,GET,10ms,50ms,2,false,0.5,100ms".parse()?;
//! assert_eq!(filter.retries(), 3);
//! # Ok::<(), persevere_http::spring::ConfigError>(())
//! ```

mod arithmetic;
mod closest;
mod error;
mod exception;
mod position;
#[cfg(feature = "yaml")]
pub mod routes;
mod rules;
mod series;
mod settings;
mod shortcut;
mod status_name;
mod warning;
#[cfg(feature = "yaml")]
pub mod yaml;

pub use self::arithmetic::{SpringBackoff, SpringJitter};
pub use self::error::ConfigError;
pub use self::exception::Exception;
pub use self::position::Position;
pub use self::rules::SpringRules;
pub use self::series::Series;
pub use self::warning::{Trap, Warning};
use crate::filter::{RetryFilter, RetryFilterBuilder};

impl RetryFilter {
    /// Creates a builder of a filter with [`SpringRules`].
    ///
    /// There are 3 retries and no budget. Spring does not know `Retry-After`. The filter follows it if
    /// [`max_wait`](RetryFilterBuilder::max_wait) is set. Then the longer wait counts, and a response that asks for more than
    /// `max_wait` comes back at once.
    ///
    /// ```
    /// use persevere_http::{RetryFilter, spring::SpringRules};
    /// use http::Method;
    ///
    /// let filter = RetryFilter::spring().rules(SpringRules::default().methods([Method::PUT])).build()?;
    /// assert!(filter.may_retry(&Method::PUT) && !filter.may_retry(&Method::GET));
    /// # Ok::<(), persevere::Invalid>(())
    /// ```
    pub fn spring() -> RetryFilterBuilder {
        RetryFilterBuilder::new(SpringRules::default())
    }
}
