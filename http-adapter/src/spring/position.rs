//! [`Position`]: a place in a text.

use std::fmt;

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
