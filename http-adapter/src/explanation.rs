//! [`Explanation`]: what it took to get a response.

use std::fmt;
use std::time::Duration;

use http::Response;
use persevere::Reason;

use crate::rules::Row;

/// What it took to get a response: attempts, time slept, and why it stopped there.
///
/// Among the extensions of each response for which there is more to say than that it was accepted at the first attempt.
///
/// ```
/// use http::Response;
/// use persevere::Reason;
/// use persevere_http::Explanation;
///
/// let untouched = Explanation::of(&Response::new(()));
/// assert_eq!((untouched.attempts, untouched.reason), (1, Reason::Accepted));
/// assert_eq!(untouched.to_string(), "attempts=1; slept=0; reason=accepted");
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Explanation {
    /// Attempts made, the first included.
    pub attempts: u32,
    /// Time slept between them, as the delays asked for, without one that a signal has ended.
    pub slept: Duration,
    /// The rule of the session that ended the call.
    pub reason: Reason,
    /// The row of the decision table that spoke of the last attempt, if one did.
    pub row: Option<Row>,
}

impl Explanation {
    /// A response that was accepted at the first attempt, and of which no row speaks.
    pub(crate) const NOTHING: Self =
        Self { attempts: 1, slept: Duration::ZERO, reason: Reason::Accepted, row: None };

    /// What it took to get `response`.
    #[must_use]
    pub fn of<B>(response: &Response<B>) -> Self {
        response.extensions().get().copied().unwrap_or(Self::NOTHING)
    }
}

/// `attempts=3; slept=0.036; reason=accepted; row=14`: time in seconds.
impl fmt::Display for Explanation {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { attempts, slept, reason, row } = self;
        write!(f, "attempts={attempts}; slept={}; reason={}", slept.as_secs_f64(), reason.as_str())?;
        row.map_or(Ok(()), |row| write!(f, "; row={}", row.number()))
    }
}
