//! [`Course`]: what has happened to one request so far.

use std::time::Duration;

use super::{Outcome, Row};

/// What has happened to one request so far, for rules that allow something only so often, or whose waits depend on earlier ones.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct Course {
    /// The row that judged the last attempt.
    pub(crate) row: Option<Row>,
    /// How many streams were refused.
    pub(crate) refused: u8,
    /// Whether a server was not meant.
    pub(crate) misdirected: bool,
    /// Whether a reused connection was closed.
    pub(crate) reused_closed: bool,
    after_responses: Drawn,
    after_errors: Drawn,
}

/// The waits that rules have drawn by themselves.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct Drawn {
    /// How many there were.
    pub(crate) count: u32,
    /// The last one, zero at first.
    pub(crate) last: Duration,
}

impl Course {
    /// Returns the waits drawn after outcomes such as this one: those after responses and those after errors are apart.
    ///
    /// A response forgets the waits after errors.
    #[cfg_attr(not(feature = "spring"), expect(dead_code, reason = "only the rules of Spring need it"))]
    pub(crate) fn drawn_after(&mut self, outcome: Outcome<'_>) -> &mut Drawn {
        match outcome {
            Outcome::Response(_) => {
                self.after_errors = Drawn::default();
                &mut self.after_responses
            }
            Outcome::Error(_) => &mut self.after_errors,
        }
    }
}
