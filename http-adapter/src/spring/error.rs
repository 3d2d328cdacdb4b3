//! [`ConfigError`]: the errors of a configuration, with their places.

use std::fmt;

use persevere::Invalid;

use super::position::Position;

/// An error in a configuration: the place, the field, the value and the bound.
///
/// One error can stand for several problems of the same text. It prints each of them on a separate line, in the order of their
/// places; [`all`](Self::all) returns them one by one.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ConfigError {
    position: Position,
    problem: Problem,
    /// Further problems. They have no others themselves.
    others: Vec<Self>,
}

#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
enum Problem {
    #[error(transparent)]
    Invalid(Invalid),
    #[error("{0}")]
    Syntax(String),
}

/// The most problems of one text that are shown.
const MOST: usize = 100;

impl ConfigError {
    /// A setting outside its bounds.
    #[must_use]
    pub const fn invalid(position: Position, invalid: Invalid) -> Self {
        Self { position, problem: Problem::Invalid(invalid), others: Vec::new() }
    }

    /// A text that cannot be read as what it should be.
    #[must_use]
    pub fn syntax(position: Position, message: impl Into<String>) -> Self {
        Self { position, problem: Problem::Syntax(message.into()), others: Vec::new() }
    }

    /// Joins errors into one, sorted by their places. Returns `None` without errors.
    ///
    /// Equal errors are one. Beyond 100 of them, the last one counts the rest.
    ///
    /// ```
    /// use persevere_http::spring::{ConfigError, Position};
    ///
    /// let error = |line| ConfigError::syntax(Position::new(line, 1), "must be a list");
    /// let joined = ConfigError::join([error(7), error(3)]).expect("there are two");
    /// assert_eq!(joined.to_string(), "line 3, column 1: must be a list\nline 7, column 1: must be a list");
    /// assert_eq!(joined.all(), [error(3), error(7)]);
    /// ```
    #[must_use]
    pub fn join(errors: impl IntoIterator<Item = Self>) -> Option<Self> {
        let mut all: Vec<Self> = errors.into_iter().flat_map(|error| error.all()).collect();
        all.sort_by_key(Self::position);
        all.dedup();
        if let Some(next) = all.get(MOST) {
            let (position, rest) = (next.position, all.len().saturating_sub(MOST));
            all.truncate(MOST);
            all.push(Self::syntax(position, format!("{rest} more problems from here on are not shown")));
        }
        let mut all = all.into_iter();
        let first = all.next()?;
        Some(Self { others: all.collect(), ..first })
    }

    /// Returns the problems of the error, one by one.
    #[must_use]
    pub fn all(&self) -> Vec<Self> {
        let first = Self { others: Vec::new(), ..self.clone() };
        std::iter::once(first).chain(self.others.iter().cloned()).collect()
    }

    /// Returns the error with all texts changed by `change`, for example to hide a secret.
    #[must_use]
    pub fn map_texts(&self, change: impl Fn(&str) -> String) -> Self {
        let map = |error: &Self| {
            let problem = match &error.problem {
                Problem::Invalid(invalid) => Problem::Invalid(Invalid::new(
                    invalid.field().to_owned(),
                    change(invalid.value()),
                    change(invalid.bound()),
                )),
                Problem::Syntax(message) => Problem::Syntax(change(message)),
            };
            Self { position: error.position, problem, others: Vec::new() }
        };
        Self { others: self.others.iter().map(map).collect(), ..map(self) }
    }

    /// Returns the place of the error, or of its first problem.
    #[must_use]
    pub const fn position(&self) -> Position {
        self.position
    }

    /// Returns the setting that is outside its bounds.
    ///
    /// Returns `None` if the text could not be read. If there are several problems, the first one counts.
    #[must_use]
    pub const fn setting(&self) -> Option<&Invalid> {
        match &self.problem {
            Problem::Invalid(invalid) => Some(invalid),
            Problem::Syntax(_) => None,
        }
    }
}

impl fmt::Display for ConfigError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}: {}", self.position, self.problem)?;
        self.others.iter().try_for_each(|other| write!(f, "\n{other}"))
    }
}

impl std::error::Error for ConfigError {}

/// Gathers errors, so that one run reports all of them.
#[derive(Debug, Default)]
pub(crate) struct Problems(Vec<ConfigError>);

impl Problems {
    pub(crate) fn add(&mut self, error: ConfigError) {
        self.0.push(error);
    }

    /// Returns the value, or keeps the error and returns `None`.
    pub(crate) fn take<T>(&mut self, result: Result<T, ConfigError>) -> Option<T> {
        result.map_err(|error| self.add(error)).ok()
    }

    /// Returns the value, or all errors if there are some.
    pub(crate) fn end<T>(self, value: T) -> Result<T, ConfigError> {
        ConfigError::join(self.0).map_or(Ok(value), Err)
    }
}
