//! [`ConfigError`]: what is wrong with a configuration, and where.

use std::fmt;

use persevere::Invalid;

use crate::position::Position;

/// What is wrong with a configuration: the field, the value and the bound, with their place.
///
/// One error can stand for several problems of the same text. It prints each of them on a separate line, in the order of their
/// places; [`all`](Self::all) returns them one by one.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ConfigError {
    position: Position,
    problem: Problem,
    /// Further problems, none of which has others.
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

    /// One error that stands for all of these, sorted by their places; `None` if there are none.
    ///
    /// Equal errors are one. Beyond 100 of them, the last one counts the rest.
    ///
    /// ```
    /// use persevere_http::{ConfigError, Position};
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

    /// The problems that the error stands for, one by one.
    #[must_use]
    pub fn all(&self) -> Vec<Self> {
        let first = Self { others: Vec::new(), ..self.clone() };
        std::iter::once(first).chain(self.others.iter().cloned()).collect()
    }

    /// The same error with each of its texts as `change` returns it, for example without a secret.
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

    /// Where it is: the first place, if it stands for several problems.
    #[must_use]
    pub const fn position(&self) -> Position {
        self.position
    }

    /// The setting that is outside its bounds; `None` when the text could not be read at all. The first one, if the error
    /// stands for several problems.
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

    /// The value, if there is one; or else the error is kept.
    pub(crate) fn take<T>(&mut self, result: Result<T, ConfigError>) -> Option<T> {
        result.map_err(|error| self.add(error)).ok()
    }

    /// The value, unless something was wrong.
    pub(crate) fn end<T>(self, value: T) -> Result<T, ConfigError> {
        ConfigError::join(self.0).map_or(Ok(value), Err)
    }
}
