//! Body replay: the first attempt streams, and what passes is kept for the next one as long as it is small.
//!
//! A [`ReplaySource`] holds the original body. Each attempt gets a [`ReplayBody`] with a *lease* on it; a newer
//! lease revokes the older one, so that an abandoned attempt which still reads cannot steal the bytes of the
//! next. Large chunks are kept by reference count, small ones are copied together, up to a cap for each body and what is
//! left in a pool for all; beyond it the running attempt goes on untouched and the body cannot be sent again.

mod body;
mod kept_body;
mod pool;
mod shared;
mod source;

pub use self::body::ReplayBody;
pub use self::kept_body::KeptBody;
pub use self::pool::ReplayPool;
pub use self::source::{Replay, ReplaySource};

/// Why a [`ReplayBody`] ended before its time.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum ReplayError {
    /// A newer attempt holds the body now.
    #[error("the request body belongs to a newer attempt")]
    Revoked,
    /// The original body failed.
    #[error("the request body failed")]
    Source(#[source] Box<dyn std::error::Error + Send + Sync>),
}
