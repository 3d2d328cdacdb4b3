//! [`Library`]: how a library does the work.

use std::fmt::Debug;
use std::future::{Future, Ready};
use std::time::Duration;

/// A library, with a policy of exponential growth, a cap, jitter and three retries.
pub(crate) trait Library: 'static {
    type Policy: 'static;
    /// What its calls fail with.
    type Error: Debug + 'static;

    fn policy(base: Duration) -> Self::Policy;

    /// A call on tokio's timer.
    fn call<Op, Fut>(policy: &Self::Policy, operation: Op) -> impl Future<Output = Result<u64, Self::Error>>
    where
        Op: Fn() -> Fut + Clone + Send,
        Fut: Future<Output = Result<u64, u64>>;

    /// A call whose sleeps are over at once, where a caller may bring them.
    fn sleepless<Op, Fut>(
        _policy: &Self::Policy,
        _operation: Op,
    ) -> Option<impl Future<Output = Result<u64, Self::Error>>>
    where
        Op: Fn() -> Fut + Clone + Send,
        Fut: Future<Output = Result<u64, u64>>,
    {
        None::<Ready<Result<u64, Self::Error>>>
    }

    /// Sixteen delays for each call, where a caller may ask for them.
    fn delays(_calls: u64) -> bool {
        false
    }
}
