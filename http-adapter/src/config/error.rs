//! [`ConfigError`]: what is wrong with a configuration, and where.

use persevere::Invalid;

use crate::position::Position;

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
