//! [`ConfigError`]: what is wrong with a configuration, and where.

use std::fmt;

use persevere::Invalid;

/// A place in a text; line and column are counted from 1, columns in characters.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[non_exhaustive]
pub struct Position {
    /// The line, counted from 1.
    pub line: usize,
    /// The column, counted from 1.
    pub column: usize,
}

impl Position {
    /// The first character of a text.
    pub const START: Self = Self { line: 1, column: 1 };

    /// A place; zero counts as one.
    #[must_use]
    pub const fn new(line: usize, column: usize) -> Self {
        Self { line: if line == 0 { 1 } else { line }, column: if column == 0 { 1 } else { column } }
    }

    /// The place `columns` further to the right.
    #[must_use]
    pub const fn right(self, columns: usize) -> Self {
        Self { column: self.column.saturating_add(columns), ..self }
    }
}

impl fmt::Display for Position {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "line {}, column {}", self.line, self.column)
    }
}

/// What is wrong with a configuration: the field, the value and the bound, with their place.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{position}: {problem}")]
pub struct ConfigError {
    position: Position,
    problem: Problem,
}

#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
enum Problem {
    #[error(transparent)]
    Invalid(Invalid),
    #[error("{0}")]
    Syntax(String),
}

impl ConfigError {
    /// A setting outside its bounds.
    #[must_use]
    pub const fn invalid(position: Position, invalid: Invalid) -> Self {
        Self { position, problem: Problem::Invalid(invalid) }
    }

    /// A text that cannot be read as what it should be.
    #[must_use]
    pub fn syntax(position: Position, message: impl Into<String>) -> Self {
        Self { position, problem: Problem::Syntax(message.into()) }
    }

    /// Where it is.
    #[must_use]
    pub const fn position(&self) -> Position {
        self.position
    }

    /// The setting that is outside its bounds; `None` when the text could not be read at all.
    #[must_use]
    pub const fn setting(&self) -> Option<&Invalid> {
        match &self.problem {
            Problem::Invalid(invalid) => Some(invalid),
            Problem::Syntax(_) => None,
        }
    }
}
