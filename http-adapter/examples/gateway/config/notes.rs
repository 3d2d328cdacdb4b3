//! [`Notes`]: what is wrong with a file, and what its author should know.

use std::collections::BTreeSet;

use persevere_http::{ConfigError, Position};

/// What is wrong with a file, and what its author should know. Readers add to it and go on, so that one run finds everything.
#[derive(Debug, Default)]
pub(crate) struct Notes {
    errors: Vec<ConfigError>,
    /// Errors of placeholders.
    settled: Vec<ConfigError>,
    warnings: Vec<(Position, String)>,
    /// Lines with a value that could not be resolved: what readers say of it would lead nowhere.
    unresolved: BTreeSet<usize>,
}

impl Notes {
    pub(crate) fn refuse(&mut self, position: Position, message: impl Into<String>) {
        self.errors.push(ConfigError::syntax(position, message));
    }

    pub(crate) fn add(&mut self, error: ConfigError) {
        self.errors.push(error);
    }

    /// Says what is valid, and does not do what it seems to do.
    pub(crate) fn warn(&mut self, position: Position, message: impl Into<String>) {
        self.warnings.push((position, message.into()));
    }

    /// The value, if there is one; or else the error is kept.
    pub(crate) fn take<T>(&mut self, result: Result<T, ConfigError>) -> Option<T> {
        result.map_err(|error| self.errors.push(error)).ok()
    }

    /// Keeps the errors of placeholders, and nothing else that is said of their lines.
    pub(crate) fn unresolved(&mut self, result: Result<(), ConfigError>) {
        for error in result.err().iter().flat_map(ConfigError::all) {
            self.unresolved.insert(error.position().line);
            self.settled.push(error);
        }
    }

    /// How much is wrong so far.
    pub(crate) fn errors(&self) -> usize {
        self.errors.len()
    }

    /// The warnings in the order of their places, each with its place; or else all errors in this order.
    pub(crate) fn end(mut self) -> Result<Vec<String>, ConfigError> {
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
