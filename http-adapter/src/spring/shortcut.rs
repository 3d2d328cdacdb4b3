//! Spring's shortcut form: `Retry=3,INTERNAL_SERVER_ERROR,GET,10ms,50ms,2,false,0.5,100ms`.

use std::str::FromStr;

use super::error::{ConfigError, Problems};
use super::position::Position;
use super::settings::{Form, Item, Setting, method_named, split, to_filter};
use crate::filter::RetryFilter;

/// The settings of the form, in their order. There is room for one status and one method only; `series` and
/// `exceptions` cannot be written in this form.
const ORDER: [&str; 9] = [
    "retries",
    "statuses",
    "methods",
    "backoff.firstBackoff",
    "backoff.maxBackoff",
    "backoff.factor",
    "backoff.basedOnPreviousValue",
    "jitter.randomFactor",
    "timeout",
];

impl FromStr for RetryFilter {
    type Err = ConfigError;

    /// Reads Spring's shortcut form.
    ///
    /// Values may be left out from the end, not in between: `Retry` alone means all defaults.
    ///
    /// # Errors
    ///
    /// Returns a [`ConfigError`] with the column of each problem.
    fn from_str(text: &str) -> Result<Self, ConfigError> {
        Self::from_shortcut(text, Position::START)
    }
}

impl RetryFilter {
    /// Reads the shortcut form at `position` of a larger text.
    ///
    /// # Errors
    ///
    /// Returns a [`ConfigError`] with the place of each problem.
    pub fn from_shortcut(text: &str, position: Position) -> Result<Self, ConfigError> {
        let (name, values) = match text.split_once('=') {
            Some((name, values)) => (name, Some(values)),
            None => (text, None),
        };
        if name.trim() != "Retry" {
            let message = format!("`{}` is not the filter `Retry`", name.trim());
            return Err(ConfigError::syntax(position, message));
        }
        let start = position.right(name.chars().count()).right(1);
        let mut problems = Problems::default();
        let settings = settings(values, start, &mut problems);
        if let Some(fourth) = settings.get(3).filter(|fourth| is_a_second_item(&fourth.items[0].text)) {
            let message = "there is room for one status and one method only: write `args` for more";
            return Err(ConfigError::syntax(fourth.place(), message));
        }
        to_filter(&settings, Form::Shortcut, position, problems)
    }
}

/// What stands where a duration should: a second method, or one that a second status has shifted.
fn is_a_second_item(text: &str) -> bool {
    method_named(text).is_some()
}

fn settings(values: Option<&str>, start: Position, problems: &mut Problems) -> Vec<Setting> {
    let mut settings = Vec::new();
    for (index, (value, offset)) in values.into_iter().flat_map(split).enumerate() {
        let position = start.right(offset);
        let Some(name) = ORDER.get(index) else {
            let message = format!("`{value}` is one value too many: the form ends with its ninth, `timeout`");
            problems.add(ConfigError::syntax(position, message));
            break;
        };
        let item = Item { text: value.to_owned(), position };
        let setting = Setting { name: (*name).to_owned(), position, items: vec![item.clone()] };
        if value.is_empty() {
            problems.add(setting.refuse(&item, "a value between commas cannot be left out"));
        } else {
            settings.push(setting);
        }
    }
    settings
}
