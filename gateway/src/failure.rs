//! [`Failure`]: why the program ends with an error.

use std::fmt;

/// Why the program ends with an error.
#[derive(Debug)]
pub(crate) enum Failure {
    /// The mistakes that the operator has to correct, one on each line.
    Config(Vec<String>),
    Io(std::io::Error),
    Request(String),
    /// The rows of the demonstration that did not end as they should.
    Demonstration(Vec<String>),
}

impl fmt::Display for Failure {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Config(errors) => f.write_str(&errors.join("\ngateway: ")),
            Self::Io(error) => write!(f, "{error}"),
            Self::Request(error) => write!(f, "a request could not be sent: {error}"),
            Self::Demonstration(rows) => {
                write!(f, "{} did not end as they should:", rows.len())?;
                rows.iter().try_for_each(|row| write!(f, "\n  {row}"))
            }
        }
    }
}

impl From<std::io::Error> for Failure {
    fn from(error: std::io::Error) -> Self {
        Self::Io(error)
    }
}

impl Failure {
    /// 2 for what the operator has to change, 1 for everything else.
    pub(crate) const fn exit_code(&self) -> u8 {
        if matches!(self, Self::Config(_)) { 2 } else { 1 }
    }
}
