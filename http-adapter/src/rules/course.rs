//! [`Course`]: the history of one request.

use std::time::Duration;

use super::{Outcome, Row};

/// The history of one request.
///
/// Rules need it if they limit how often something happens, or if their waits depend on earlier waits.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct Course {
    /// The row that judged the last attempt.
    pub(crate) row: Option<Row>,
    /// The number of refused streams.
    pub(crate) refused: u8,
    /// True after a 421.
    pub(crate) misdirected: bool,
    /// True after a reused connection was closed.
    pub(crate) reused_closed: bool,
    after_responses: Drawn,
    after_errors: Drawn,
}

/// The waits that rules have drawn by themselves.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct Drawn {
    /// The number of waits.
    pub(crate) count: u32,
    /// The last wait. Zero at first.
    pub(crate) last: Duration,
}

impl Course {
    /// Returns the waits drawn after outcomes of this sort.
    ///
    /// The waits after responses and the waits after errors are counted separately. A response resets the waits after errors.
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
