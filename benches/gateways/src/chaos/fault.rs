//! [`Fault`]: what a server does wrong in one attempt.

use h2::Reason;

/// The fault of a server in one attempt.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Fault {
    /// This status; 408 is followed by a close.
    Status(u16),
    /// This status with `Retry-After: 1`.
    Later(u16),
    /// The connection ends so, at this point of the response.
    Ends(End, At),
    /// Nothing more comes at this point of the response.
    Stalls(At),
    /// The whole connection goes silent, and reads nothing.
    Silent,
    /// The upload is not read.
    Unread,
    /// A whole 413 before the upload is read, and this end.
    Early(End),
    /// A whole 413 before the upload is read, which is then read.
    EarlyThenReads,
    /// A whole response, and no more after it; the connection is still read.
    HalfCloses,
    /// A whole response, and this end of its connection without a word.
    EndsIdle(End),
    /// More bytes than `content-length` says. Over HTTP/1.1, they look like another response.
    LengthTooShort,
    /// Fewer bytes than `content-length` says.
    LengthTooLong,
    /// `content-length` and chunks.
    BothFramings,
    /// Two fields of `content-length` that differ.
    TwoLengths,
    /// Hundreds of interim responses.
    InterimFlood,
    /// A forged response after the whole one.
    Extra,
    /// A chunk that has no valid size.
    BadChunk,
    /// A chunk whose size does not fit into 64 bits.
    HugeChunk,
    /// Another protocol.
    Garbage,
    /// A head of 200 KB.
    HugeHead,
    /// Trailers that are not valid.
    BadTrailers,
    /// A whole response, in small pieces.
    Drips,
    /// A reset of the stream for this reason, before the head.
    StreamReset(Reason),
    /// A reset of the stream for this reason, in the body.
    BodyReset(Reason),
    /// A graceful `GOAWAY`: every stream that has begun is answered.
    GoAway,
    /// A `GOAWAY` that leaves the stream out.
    GoAwayRefusing,
    /// A `GOAWAY` in the middle of the body, and then the end.
    GoAwayInBody,
    /// The connection closes in the middle of a frame.
    CutInFrame,
    /// Frames of an unknown type, pings and settings before the response.
    OddFrames,
}

/// The way in which a connection ends.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum End {
    Close,
    Reset,
}

/// A point of a response.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum At {
    BeforeHead,
    InHead,
    InBody,
    InChunk,
    BeforeLastChunk,
}

impl Fault {
    /// Returns true if the server says that it has not processed the request, so that any request may be sent again.
    pub(crate) const fn is_unprocessed(self) -> bool {
        matches!(self, Self::Status(421 | 425) | Self::StreamReset(Reason::REFUSED_STREAM))
    }

    /// Returns true if the server runs the request before it does wrong.
    ///
    /// With the other faults, the server says that it has not run the request, or it has not read the request.
    pub(crate) const fn runs(self) -> bool {
        !matches!(
            self,
            Self::Status(408 | 421 | 425 | 429)
                | Self::Later(_)
                | Self::Unread
                | Self::Early(_)
                | Self::EarlyThenReads
                | Self::StreamReset(Reason::REFUSED_STREAM)
                | Self::GoAwayRefusing
        )
    }
}

use At::{BeforeHead, BeforeLastChunk, InBody, InChunk, InHead};
use End::{Close, Reset};

/// The faults over both versions of HTTP.
pub(crate) const BOTH: &[Fault] = &[
    Fault::Status(500),
    Fault::Status(502),
    Fault::Status(503),
    Fault::Status(408),
    Fault::Status(421),
    Fault::Status(425),
    Fault::Status(429),
    Fault::Later(503),
    Fault::Ends(Close, BeforeHead),
    Fault::Ends(Reset, BeforeHead),
    Fault::Ends(Close, InBody),
    Fault::Ends(Reset, InBody),
    Fault::Stalls(BeforeHead),
    Fault::Stalls(InBody),
    Fault::Unread,
    Fault::Early(Close),
    Fault::EarlyThenReads,
    Fault::LengthTooShort,
    Fault::LengthTooLong,
    Fault::InterimFlood,
    Fault::Garbage,
    Fault::HugeHead,
    Fault::BadTrailers,
    Fault::Drips,
];

/// The faults over HTTP/1.1 alone.
pub(crate) const HTTP1: &[Fault] = &[
    Fault::Ends(Close, InHead),
    Fault::Ends(Reset, InHead),
    Fault::Ends(Close, InChunk),
    Fault::Ends(Reset, InChunk),
    Fault::Ends(Close, BeforeLastChunk),
    Fault::Ends(Reset, BeforeLastChunk),
    Fault::Stalls(InHead),
    Fault::Early(Reset),
    Fault::HalfCloses,
    Fault::EndsIdle(Close),
    Fault::EndsIdle(Reset),
    Fault::BothFramings,
    Fault::TwoLengths,
    Fault::Extra,
    Fault::BadChunk,
    Fault::HugeChunk,
];

/// The faults over HTTP/2 alone.
pub(crate) const HTTP2: &[Fault] = &[
    Fault::Silent,
    Fault::StreamReset(Reason::NO_ERROR),
    Fault::StreamReset(Reason::CANCEL),
    Fault::StreamReset(Reason::INTERNAL_ERROR),
    Fault::StreamReset(Reason::REFUSED_STREAM),
    Fault::StreamReset(Reason::ENHANCE_YOUR_CALM),
    Fault::BodyReset(Reason::NO_ERROR),
    Fault::BodyReset(Reason::CANCEL),
    Fault::BodyReset(Reason::INTERNAL_ERROR),
    Fault::BodyReset(Reason::REFUSED_STREAM),
    Fault::GoAway,
    Fault::GoAwayRefusing,
    Fault::GoAwayInBody,
    Fault::CutInFrame,
    Fault::OddFrames,
];
