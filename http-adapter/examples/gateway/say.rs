//! What the gateway says to its operator, on standard error.

use std::fmt;
use std::io::{self, Write as _};

/// Writes a line. When nobody reads it any longer, it is lost, and the gateway goes on.
pub(crate) fn say(line: fmt::Arguments<'_>) {
    let _ = io::stderr().write_all(format!("{line}\n").as_bytes());
}
