//! [`Notes`]: the errors of a file, and the warnings for its author.

use std::collections::BTreeSet;

use crate::spring::error::ConfigError;
use crate::spring::position::Position;

/// The errors of a file, and the warnings for its author.
///
/// Readers add to the notes and continue, so that one run finds everything. Call [`end`](Self::end) last: it returns the errors.
#[derive(Debug, Default)]
#[must_use = "errors are lost without a call of `end`"]
pub struct Notes {
    errors: Vec<ConfigError>,
    /// Errors of placeholders.
    settled: Vec<ConfigError>,
    warnings: Vec<(Position, String)>,
    /// Lines with a value that could not be resolved. Further errors of these lines are left out.
    unresolved: BTreeSet<usize>,
}

impl Notes {
    /// Adds an error.
    pub fn refuse(&mut self, position: Position, message: impl Into<String>) {
        self.errors.push(ConfigError::syntax(position, message));
    }

    /// Adds an error, or several.
    pub fn add(&mut self, error: ConfigError) {
        self.errors.push(error);
    }

    /// Adds a warning about a valid setting that is easily misread.
    pub fn warn(&mut self, position: Position, message: impl Into<String>) {
        self.warnings.push((position, message.into()));
    }

    /// Returns the value, or keeps the error and returns `None`.
    pub fn take<T>(&mut self, result: Result<T, ConfigError>) -> Option<T> {
        result.map_err(|error| self.errors.push(error)).ok()
    }

    /// Keeps the errors of placeholders, and drops all other errors of their lines.
    pub fn unresolved(&mut self, result: Result<(), ConfigError>) {
        for error in result.err().iter().flat_map(ConfigError::all) {
            self.unresolved.insert(error.position().line);
            self.settled.push(error);
        }
    }

    /// Returns the number of errors so far.
    #[must_use]
    pub fn error_count(&self) -> usize {
        self.errors.len()
    }

    /// Returns the warnings, or all errors, in the order of their places.
    ///
    /// # Errors
    ///
    /// Returns a [`ConfigError`] with all errors, if there are some.
    pub fn end(mut self) -> Result<Vec<String>, ConfigError> {
        let said = self.errors.iter().flat_map(ConfigError::all);
        let said = said.filter(|error| !self.unresolved.contains(&error.position().line));
        if let Some(error) = ConfigError::join(said.chain(self.settled)) {
            return Err(error);
        }
        self.warnings.sort_by_key(|(position, _)| *position);
        self.warnings.dedup();
        Ok(self
            .warnings
            .into_iter()
            .map(|(position, text)| format!("line {}: {text}", position.line))
            .collect())
    }
}
