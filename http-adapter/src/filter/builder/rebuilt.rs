//! [`Built`]: the profile of a filter that was built before.

use persevere::Invalid;

use super::RetryFilterBuilder;
use crate::filter::RetryFilter;
use crate::filter::backoff::Waits;
use crate::rules::Rules;

/// The profile of a filter that was built before, or read from a text: it stays as it is.
#[derive(Clone, Debug)]
pub struct Built {
    rules: Rules,
    waits: Waits,
}

impl RetryFilter {
    /// A builder that starts from this filter, to change what a text has left open.
    pub fn into_builder(self) -> RetryFilterBuilder<Built> {
        let Self { rules, settings, waits, .. } = self;
        RetryFilterBuilder { profile: Built { rules, waits }, settings }
    }
}

impl RetryFilterBuilder<Built> {
    /// The filter.
    ///
    /// # Errors
    ///
    /// [`Invalid`] when `retries` is 0.
    pub fn build(self) -> Result<RetryFilter, Invalid> {
        let Built { rules, waits } = self.profile;
        Ok(RetryFilter::new(rules, self.settings.checked()?, waits))
    }
}
