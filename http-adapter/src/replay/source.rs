//! [`ReplaySource`]: the original body, from which each attempt gets its own.

use std::fmt;

use http_body::Body;

use super::body::ReplayBody;
use super::pool::ReplayPool;
use super::shared::{Handle, Keeping, Shared};

/// The original body of a request, from which each attempt gets its own.
///
/// Dropping the source means that no attempt follows: the running one goes on, and nothing is kept any longer.
pub struct ReplaySource<B: Body + Unpin> {
    shared: Handle<B>,
}

/// What a new attempt would get.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Replay {
    /// The original body, of which nothing has been read.
    Fresh,
    /// What was kept of it, then the rest.
    Full,
    /// Nothing: it was larger than the cap, it found no room in the pool, it failed, or the source was told that no attempt
    /// follows.
    Gone,
}

impl<B: Body + Unpin> ReplaySource<B> {
    /// A source of `body`, keeping at most `cap` bytes of it, taken from the [pool of the process](ReplayPool::global).
    ///
    /// A body that is known to be larger is not kept at all; it can still be sent again as long as nothing of
    /// it has been read.
    pub fn new(body: B, cap: usize) -> Self {
        Self::with_pool(body, cap, ReplayPool::global())
    }

    /// As [`new`](Self::new), with what is kept taken from `pool`.
    pub fn with_pool(body: B, cap: usize, pool: ReplayPool) -> Self {
        Self { shared: Handle::new(Shared::new(body, cap, pool)) }
    }

    /// What a new attempt would get.
    #[must_use]
    pub fn replay(&self) -> Replay {
        match self.shared.lock().keeping() {
            Keeping::Untouched => Replay::Fresh,
            Keeping::All => Replay::Full,
            Keeping::Nothing => Replay::Gone,
        }
    }

    /// Bytes kept for another attempt, those of trailers included.
    #[must_use]
    pub fn buffered(&self) -> usize {
        self.shared.lock().stored()
    }

    /// Takes the body away from the attempt that has it, so that it stays as it is until the next attempt.
    ///
    /// `false`, and the attempt keeps it, when there cannot be another one.
    #[must_use = "`false` means that the attempt still has it"]
    pub fn revoke(&self) -> bool {
        self.shared.take_lease().is_some()
    }

    /// The body of a new attempt, from the beginning; the one before is revoked.
    ///
    /// `None` when it cannot be had: never a part of a body.
    #[must_use = "the attempt before has lost the body"]
    pub fn attempt(&self) -> Option<ReplayBody<B>> {
        let (lease, hint) = self.shared.take_lease()?;
        Some(ReplayBody::leased(self.shared.clone(), lease, hint))
    }

    /// The body of the last attempt, which keeps nothing as it passes.
    ///
    /// `None` as for [`attempt`](Self::attempt).
    #[must_use = "the attempt before has lost the body"]
    pub fn last_attempt(self) -> Option<ReplayBody<B>> {
        self.attempt()
    }
}

impl<B: Body + Unpin> fmt::Debug for ReplaySource<B> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        // The body may carry secrets.
        let (replay, buffered) = (self.replay(), self.buffered());
        f.debug_struct("ReplaySource").field("replay", &replay).field("buffered", &buffered).finish()
    }
}

impl<B: Body + Unpin> Drop for ReplaySource<B> {
    fn drop(&mut self) {
        self.shared.lock().stop_keeping();
    }
}
