//! [`Row`]: the rows of the decision table.

use std::fmt;

use persevere::Reason;

/// A row of the decision table.
///
/// It is the reason why a request was sent again, or was not.
///
/// The rows are asked from top to bottom, except that [`Grpc`](Self::Grpc) comes before the statuses.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[non_exhaustive]
pub enum Row {
    /// 1: the head of a response had come, and its body failed.
    HeadPassedOn,
    /// 2: attempts, time, sleep or budget were used up, or the signal to stop came.
    Ended,
    /// 3: the cause is on this side and stays.
    Local,
    /// 4: the request was not sent.
    NotSent,
    /// 5: the other side has refused it unprocessed. A filter follows three refusals of one request.
    Refused,
    /// 6: 421, it went to a server that is not meant.
    Misdirected,
    /// 7: 425, it came too early.
    TooEarly,
    /// 20: the client may have sent the request before, and the request is not idempotent.
    ///
    /// The last exchange processed nothing. But a client that follows redirects may have sent the request to another server first.
    PerhapsSent,
    /// 8: a reused connection was closed before a byte of the response.
    ReusedClosed,
    /// 9: the connection ended before a byte of the response.
    BeforeHead,
    /// 10: as 8 and 9, for a request that is not idempotent.
    BeforeHeadUnsafe,
    /// 11: no head of a response in time.
    HeadTimeout,
    /// 12: the same, for a request that is not idempotent.
    HeadTimeoutUnsafe,
    /// 13: the response does not begin with a valid head.
    BadHead,
    /// 14: a status that asks for another attempt.
    Status,
    /// 15: the same, for a request that is not idempotent.
    StatusUnsafe,
    /// 16: a status, exception or predicate that the filter lists.
    Listed,
    /// 18: the body cannot be sent again.
    NotReplayable,
    /// 19: a code of gRPC that the filter lists.
    Grpc,
}

impl Row {
    /// Returns the number in the table. Number 17, an interim response, is not a decision.
    #[must_use]
    pub const fn number(self) -> u8 {
        match self {
            Self::HeadPassedOn => 1,
            Self::Ended => 2,
            Self::Local => 3,
            Self::NotSent => 4,
            Self::Refused => 5,
            Self::Misdirected => 6,
            Self::TooEarly => 7,
            Self::ReusedClosed => 8,
            Self::BeforeHead => 9,
            Self::BeforeHeadUnsafe => 10,
            Self::HeadTimeout => 11,
            Self::HeadTimeoutUnsafe => 12,
            Self::BadHead => 13,
            Self::Status => 14,
            Self::StatusUnsafe => 15,
            Self::Listed => 16,
            Self::NotReplayable => 18,
            Self::Grpc => 19,
            Self::PerhapsSent => 20,
        }
    }

    /// Returns the row of a call that ended for `reason`.
    ///
    /// `row` is the row that the rules chose for the last attempt.
    pub(crate) const fn of(reason: Reason, row: Option<Self>) -> Option<Self> {
        match reason {
            Reason::NotRepeatable => Some(Self::NotReplayable),
            Reason::Attempts | Reason::Deadline | Reason::TotalSleep | Reason::Budget | Reason::Stopped => {
                Some(Self::Ended)
            }
            _ => row,
        }
    }
}

impl fmt::Display for Row {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let text = match self {
            Self::HeadPassedOn => "the response had begun",
            Self::Ended => "a limit was reached",
            Self::Local => "the cause is on this side",
            Self::NotSent => "the request was not sent",
            Self::Refused => "the request was refused unprocessed",
            Self::Misdirected => "the request was misdirected",
            Self::TooEarly => "the request came too early",
            Self::PerhapsSent => {
                "the request may have been sent before a redirect, and the request is not idempotent"
            }
            Self::ReusedClosed => "a reused connection was closed",
            Self::BeforeHead => "the connection ended before the response",
            Self::BeforeHeadUnsafe => "the connection ended, and the request is not idempotent",
            Self::HeadTimeout => "no response in time",
            Self::HeadTimeoutUnsafe => "no response in time, and the request is not idempotent",
            Self::BadHead => "the response is not valid HTTP",
            Self::Status => "the status asks for another attempt",
            Self::StatusUnsafe => "the status asks for another attempt, and the request is not idempotent",
            Self::Listed => "the filter lists it",
            Self::NotReplayable => "the body cannot be sent again",
            Self::Grpc => "the filter lists the gRPC code",
        };
        write!(f, "{text} (row {})", self.number())
    }
}
