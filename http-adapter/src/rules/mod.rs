//! Rules: from what came of an attempt to a [`Ruling`].

mod course;
mod gateway;
mod grpc;
mod head;
mod request;
mod row;
mod rule_set;

use std::error::Error;

use http::{Response, StatusCode};
use persevere::Verdict;

pub(crate) use self::course::{Course, Drawn};
pub use self::gateway::GatewayRules;
#[cfg(feature = "spring")]
pub(crate) use self::grpc::{GrpcCodes, forbids_another};
pub use self::head::Head;
pub use self::request::RequestFacts;
pub use self::row::Row;
#[cfg(feature = "spring")]
pub(crate) use self::rule_set::Defaults;
pub use self::rule_set::Rules;
pub(crate) use self::rule_set::{RuleSet, RuleSettings};
use crate::failure::TransportFailure;

/// The verdict on an attempt, with the row of the table that decided.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Ruling {
    /// The row that decided.
    ///
    /// `None` if the response is in no row, or if the error is unknown.
    pub row: Option<Row>,
    /// The verdict.
    pub verdict: Verdict,
}

impl Ruling {
    pub(crate) const fn new(row: Row, verdict: Verdict) -> Self {
        Self { row: Some(row), verdict }
    }

    /// Returns the ruling on a response that is in no row, so that it is passed on.
    ///
    /// A 5xx does not count as a success, which would pay a budget back.
    pub(crate) fn passed_on(status: StatusCode) -> Self {
        Self::silent(if status.is_server_error() { Verdict::Reject } else { Verdict::Accept })
    }

    /// Returns a ruling without a row.
    pub(crate) const fn silent(verdict: Verdict) -> Self {
        Self { row: None, verdict }
    }
}

/// The outcome of an attempt.
///
/// A proxy may answer for a failure itself. The response then has the [`TransportFailure`] among its extensions, and is judged like
/// that failure.
///
/// ```
/// use http::{HeaderMap, Method, Response};
/// use persevere_http::{GatewayRules, Outcome, Row, TransportFailure};
///
/// let rules = GatewayRules::default().sends_once(true);
/// let post = rules.facts(&Method::POST, &HeaderMap::new());
/// let mut answer = Response::builder().status(502).body(())?;
/// answer.extensions_mut().insert(TransportFailure::NotSent);
/// assert_eq!(rules.rule(post, Outcome::from(&Ok::<_, std::io::Error>(answer))).row, Some(Row::NotSent));
/// # Ok::<(), http::Error>(())
/// ```
#[derive(Clone, Copy, Debug)]
#[non_exhaustive]
pub enum Outcome<'a> {
    /// The head of a response.
    Response(Head<'a>),
    /// No response.
    Error(&'a (dyn Error + 'static)),
}

impl Outcome<'_> {
    /// Returns the failure, if it is known.
    pub(crate) fn failure(self) -> Option<TransportFailure> {
        match self {
            Self::Response(head) => head.extensions.get().copied(),
            Self::Error(error) => TransportFailure::of(error),
        }
    }
}

impl<'a, B, E: Error + 'static> From<&'a Result<Response<B>, E>> for Outcome<'a> {
    fn from(outcome: &'a Result<Response<B>, E>) -> Self {
        match outcome {
            Ok(response) => Self::Response(Head::of(response)),
            Err(error) => Self::Error(error),
        }
    }
}
