//! [`Setting`]: one named setting as text, from whichever form it came.

use std::fmt;
use std::time::Duration;

use persevere::Invalid;

use super::duration;
use crate::spring::closest::{meant_value, plain};
use crate::spring::error::{ConfigError, Problems};
use crate::spring::position::Position;

/// One setting: its name as written, dotted where it is nested, and its items.
#[derive(Clone, Debug)]
pub(crate) struct Setting {
    pub(crate) name: String,
    pub(crate) position: Position,
    /// One item for a scalar, any number for a list, none for an empty value.
    pub(crate) items: Vec<Item>,
}

/// One text.
#[derive(Clone, Debug)]
pub(crate) struct Item {
    pub(crate) text: String,
    pub(crate) position: Position,
}

impl Setting {
    /// Returns the name in the form in which names are compared.
    pub(crate) fn plain_name(&self) -> String {
        plain(&self.name)
    }

    /// Returns the error for a value outside of its bounds.
    pub(crate) fn invalid(&self, value: impl fmt::Display, bound: impl Into<String>) -> ConfigError {
        ConfigError::invalid(self.place(), Invalid::new(self.name.clone(), value, bound.into()))
    }

    /// Returns the place of the value, or of the name if there is no value.
    pub(crate) fn place(&self) -> Position {
        self.items.first().map_or(self.position, |item| item.position)
    }

    /// Returns the only item, or an error if there is not exactly one.
    pub(crate) fn item(&self) -> Result<&Item, ConfigError> {
        match self.items.as_slice() {
            [item] => Ok(item),
            [] => Err(self.invalid("empty", "a value is missing")),
            [_, second, ..] => {
                let bound = "takes a single value".to_owned();
                Err(ConfigError::invalid(
                    second.position,
                    Invalid::new(self.name.clone(), &second.text, bound),
                ))
            }
        }
    }

    /// Reads the only item with `read`. The error contains `expected`.
    pub(crate) fn read<T>(
        &self,
        read: impl FnOnce(&str) -> Option<T>,
        expected: &str,
    ) -> Result<T, ConfigError> {
        let item = self.item()?;
        read(item.text.trim()).ok_or_else(|| self.refuse(item, expected))
    }

    /// Reads the only item like [`read`](Self::read), and suggests one of the words in `known`.
    pub(crate) fn read_word<T>(
        &self,
        read: impl FnOnce(&str) -> Option<T>,
        expected: &str,
        known: &[&str],
    ) -> Result<T, ConfigError> {
        let item = self.item()?;
        let advice = meant_value(item.text.trim(), known.iter().copied());
        self.read(read, &format!("{expected}{advice}"))
    }

    /// Reads the only item as a boolean, in any of Spring's words.
    pub(crate) fn boolean(&self) -> Result<bool, ConfigError> {
        let boolean = |text: &str| match text.to_ascii_lowercase().as_str() {
            "true" | "on" | "yes" | "1" => Some(true),
            "false" | "off" | "no" | "0" => Some(false),
            _ => None,
        };
        self.read_word(boolean, "must be true or false", &["true", "false"])
    }

    /// Reads every item with `read`, and splits items at commas first.
    ///
    /// The error lists all items that cannot be read. Each message contains `expected` and suggests a word of `known`.
    pub(crate) fn read_all<T>(
        &self,
        read: impl Fn(&str) -> Option<T>,
        expected: &str,
        known: &[&str],
    ) -> Result<Vec<T>, ConfigError> {
        let (mut all, mut problems) = (Vec::new(), Problems::default());
        for item in &self.items {
            for (text, offset) in split(&item.text) {
                let part = Item { text: text.to_owned(), position: item.position.right(offset) };
                if text.is_empty() {
                    problems.add(self.refuse(&part, "an item is missing between commas"));
                    continue;
                }
                if let Some(value) = read(text) {
                    all.push(value);
                } else {
                    let advice =
                        separated(text, &read).unwrap_or_else(|| meant_value(text, known.iter().copied()));
                    problems.add(self.refuse(&part, &format!("{expected}{advice}")));
                }
            }
        }
        problems.end(all)
    }

    /// Returns the only item as written, or an error if it is an expression.
    pub(crate) fn literal(&self) -> Result<&str, ConfigError> {
        let item = self.item()?;
        if is_expression(&item.text) { Err(self.refuse(item, "")) } else { Ok(&item.text) }
    }

    /// Reads the only item as a duration, which may be negative.
    pub(crate) fn duration(&self) -> Result<duration::Signed, ConfigError> {
        let expected = "must be a duration such as 100ms, 2s or PT1.5S (a number alone means milliseconds)";
        self.read(duration::parse, expected)
    }

    /// Reads a duration that is not negative. The error for a negative one contains `bound`.
    pub(crate) fn length(&self, bound: &str) -> Result<Duration, ConfigError> {
        let duration = self.duration()?;
        duration.non_negative().ok_or_else(|| self.invalid(duration, bound))
    }

    pub(crate) fn refuse(&self, item: &Item, bound: &str) -> ConfigError {
        let bound =
            if is_expression(&item.text) { "expressions are not evaluated: write the value" } else { bound };
        let shown = if item.text.is_empty() { "empty" } else { item.text.as_str() };
        ConfigError::invalid(item.position, Invalid::new(self.name.clone(), shown, bound.to_owned()))
    }
}

/// Returns advice if the text is several items without commas between them.
fn separated<T>(text: &str, read: impl Fn(&str) -> Option<T>) -> Option<String> {
    let words: Vec<_> = text.trim_matches(['[', ']', '{', '}']).split_whitespace().collect();
    let are_items = words.len() > 1 && words.iter().all(|word| read(word).is_some());
    are_items.then(|| format!("; write commas between them: `{}`", words.join(", ")))
}

/// Splits a comma list into trimmed items with their offsets in characters.
pub(crate) fn split(text: &str) -> impl Iterator<Item = (&str, usize)> {
    let mut start = 0_usize;
    text.split(',').map(move |part| {
        let indent = part.chars().take_while(|c| c.is_whitespace()).count();
        let offset = start.saturating_add(indent);
        start = start.saturating_add(part.chars().count()).saturating_add(1);
        (part.trim(), offset)
    })
}

/// Returns true if Spring would evaluate the text as an expression.
fn is_expression(text: &str) -> bool {
    let text = text.trim();
    text.starts_with("#{") && text.ends_with('}')
}
